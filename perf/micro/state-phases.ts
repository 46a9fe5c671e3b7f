import type { LocalState, StoreChange } from '../../src/streams/state/store.ts';
import { MemoryState } from '../../src/streams/state/memory-state.ts';
import {
  accountChange,
  accountKey,
  changelogOf,
  dayMs,
  eventKey,
  memory,
  openTasks,
  seenAt,
  seenChange,
  settings,
  spread,
  timed,
} from './state-load.ts';

type Result = Readonly<Record<string, unknown>>;
const { tasks } = settings;
const loadBatch = 1_000;

let offset = 0;
const apply = (state: LocalState, changes: readonly StoreChange[], streamTime: number): Promise<void> => {
  offset += changes.length;
  return state.apply(
    changes,
    new Map([
      [changelogOf('accounts'), offset],
      [changelogOf('seen-events'), offset],
    ]),
    streamTime,
  );
};
const cpuSeconds = (since?: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return Number(((user + system) / 1e6).toFixed(1));
};
/** Every task's share of [from, to), in batches. */
const numbersOf = (task: number, from: number, size: number): readonly number[] =>
  Array.from({ length: size }, (_, index) => from + index * tasks + task);

/** Fills the stores as restoring does, a task after the other. */
export async function fill(folder: string): Promise<Result> {
  const states = await openTasks(folder);
  const cpu = process.cpuUsage();
  const began = performance.now();
  for (let from = 0; from < settings.accounts; from += loadBatch * tasks) {
    for (const [task, state] of states.entries()) {
      const numbers = numbersOf(task, from, loadBatch);
      await apply(state, [...numbers.map(accountChange), ...numbers.map(seenChange)], 0);
    }
  }
  const seconds = (performance.now() - began) / 1_000;
  for (const state of states) await state.close();
  const written = settings.accounts + settings.ids;
  return { seconds: Number(seconds.toFixed(1)), writesPerSecond: Math.round(written / seconds), cpu: cpuSeconds(cpu) };
}

/** What micro-batches of so many records do: look ids and accounts up, write both and the checkpoint. */
async function batches(states: readonly LocalState[], size: number, rounds: number, first: number): Promise<Result> {
  const reads: number[] = [];
  const writes: number[] = [];
  const cpu = process.cpuUsage();
  const main = process.threadCpuUsage();
  let preparing = 0;
  for (let round = 0; round < rounds; round += 1) {
    for (const [task, state] of states.entries()) {
      const own = process.threadCpuUsage();
      const fresh = numbersOf(task, first + round * size * tasks, size);
      const known = fresh.map((number) => (Math.imul(number, 0x9e3779b1) >>> 0) % (settings.accounts / tasks));
      const accounts = known.map((number) => number * tasks + task);
      const [ids, keys] = [fresh.map(eventKey), accounts.map(accountKey)];
      const changes = [...accounts.map(accountChange), ...fresh.map(seenChange)];
      const prepared = process.threadCpuUsage(own);
      preparing += prepared.user + prepared.system;
      await timed(reads, () => state.getMany('seen-events', ids));
      await timed(reads, () => state.getMany('accounts', keys));
      // Stream time stands still: nothing expires here.
      await timed(writes, () => apply(state, changes, seenAt(settings.ids)));
    }
  }
  const records = size * rounds * tasks;
  const all = process.cpuUsage(cpu);
  const thread = process.threadCpuUsage(main);
  const perRecord = (micros: number): number => Number(((micros - preparing) / records).toFixed(1));
  const perSecond = (durations: readonly number[]): number =>
    Math.round((2 * records) / (durations.reduce((sum, ms) => sum + ms, 0) / 1_000));
  return {
    readsPerSecond: perSecond(reads),
    writesPerSecond: perSecond(writes),
    getManyMs: spread(reads),
    applyMs: spread(writes),
    cpuMicrosPerRecord: perRecord(all.user + all.system),
    ofThemOnTheMainThread: perRecord(thread.user + thread.system),
  };
}

export async function run(folder: string): Promise<Result> {
  const before = memory();
  const states = await openTasks(folder);
  const opened = memory();
  const large = await batches(states, 1_000, 100, settings.ids);
  const small = await batches(states, 100, 250, settings.ids * 2);
  const after = memory();
  globalThis.gc?.();
  const result = { memory: { before, opened, after, collected: memory() }, batchOf1000: large, batchOf100: small };
  for (const state of states) await state.close();
  return result;
}

/** Writes until it is killed. */
export async function writeOn(folder: string): Promise<never> {
  const states = await openTasks(folder);
  process.send?.('writing');
  for (let round = 0; ; round += 1) await batches(states, 1_000, 1, settings.ids * 3 + round * 4_000);
}

export async function open(folder: string): Promise<Result> {
  const durations: number[] = [];
  const states = await timed(durations, () => openTasks(folder));
  for (const state of states) {
    const checkpoint = await state.checkpoints();
    if (checkpoint.size !== 2) throw new Error('A store was not there any more');
    await state.close();
  }
  return { ms: Math.round(durations[0] ?? 0), memory: memory() };
}

/** Half a day later: half of the ids expire while batches go on. */
export async function expire(folder: string): Promise<Result> {
  const states = await openTasks(folder);
  const writes: number[] = [];
  const cpu = process.cpuUsage();
  const commits = 200;
  for (let round = 0; round < commits; round += 1) {
    for (const [task, state] of states.entries()) {
      const numbers = numbersOf(task, round * 1_000 * tasks, 1_000).map((number) => number % settings.accounts);
      const streamTime = seenAt(settings.ids) + (dayMs / 2) * (round / commits);
      await timed(writes, () => apply(state, numbers.map(accountChange), streamTime));
    }
  }
  const result = {
    applyMs: spread(writes),
    cpuMicrosPerChange: Math.round((cpuSeconds(cpu) * 1e6) / (commits * tasks * 1_000)),
    idsLeft: await states[0]?.size('seen-events'),
  };
  for (const state of states) await state.close();
  return result;
}

/** Bytes an entry costs in memory, keys and all. */
export async function inMemory(): Promise<Result> {
  const state = new MemoryState();
  const count = 250_000;
  const applies: number[] = [];
  const grow = async (changeOf: (number: number) => StoreChange): Promise<number> => {
    const before = held();
    for (let from = 0; from < count; from += 1_000) {
      const changes = numbersOf(0, from * tasks, 1_000).map(changeOf);
      await timed(applies, () => apply(state, changes, 0));
    }
    return Math.round((held() - before) / count);
  };
  const bytesPerAccount = await grow(accountChange);
  const bytesPerId = await grow(seenChange);
  const size = (await state.size('accounts')) + (await state.size('seen-events'));
  return { bytesPerAccount, bytesPerId, applyMs: spread(applies), size };
}

const held = (): number => {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};
