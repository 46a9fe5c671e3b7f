// How Node runs the roles in production, in `npm start` and in the benchmark. Plain JavaScript, as the launcher needs it.

// Without a bound V8 lets garbage pile up to many times what is in use, most of all while stores are restored: 620 MiB
// resident with a million accounts, where 50 MiB were in use. Bounded, it collects sooner and costs a little CPU.
const heapMib = process.env.POINTS_HEAP_MIB ?? '288';

// What a micro-batch makes is garbage at its commit. In V8's 16 MiB for what is young much of it outlives two collections
// and is copied each time: collecting took a quarter of the processor's time under load. With 64 MiB a collection takes longer
// than a commit may wait.
const youngMib = 24;

// With so small a bound V8 collects everything when the heap has grown by a third: each 1.4 s at 1,000 events a second, with
// all cores marking for 70 ms, which a commit that is under way has to wait for. Five times what is in use is still within the bound.
const growingPercent = 400;

/** Arguments of node, before the script. */
export const roleNodeOptions = [
  // kafkajs sets timers with a negative delay, and Node warns of it once.
  '--disable-warning=TimeoutNegativeWarning',
  `--max-old-space-size=${heapMib}`,
  `--max-semi-space-size=${youngMib}`,
  `--heap-growing-percent=${growingPercent}`,
];

/** Variables of the process. glibc keeps memory for each of the threads that read and write the stores, and never gives it back. */
export const roleEnvironment = { MALLOC_ARENA_MAX: '2' };
