// How Node runs the roles in production, in `npm start` and in the benchmark. Plain JavaScript, as the launcher needs it.

// Without a bound V8 lets garbage pile up to many times what is in use, most of all while stores are restored: 620 MiB
// resident with a million accounts, where 50 MiB were in use. Bounded, it collects sooner and costs a little CPU.
const heapMib = process.env.POINTS_HEAP_MIB ?? '288';

/** Arguments of node, before the script. */
export const roleNodeOptions = [
  // kafkajs sets timers with a negative delay, and Node warns of it once.
  '--disable-warning=TimeoutNegativeWarning',
  `--max-old-space-size=${heapMib}`,
];

/** Variables of the process. glibc keeps memory for each of the threads that read and write the stores, and never gives it back. */
export const roleEnvironment = { MALLOC_ARENA_MAX: '2' };
