import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { silentLogger } from '../../src/common/logger.ts';
import { jsonSerde, type StoreDefinition } from '../../src/streams/index.ts';
import { openTaskState } from '../../src/streams/state/open-task-state.ts';
import type { LocalState, StoreChange } from '../../src/streams/state/store.ts';

export const settings = { accounts: 1_000_000, ids: 1_000_000, tasks: 4, merchants: 1_000, valueBytes: 100 } as const;
export const dayMs = 24 * 60 * 60 * 1_000;
export const beganAt = Date.parse('2026-03-01T00:00:00Z');

const stores: readonly StoreDefinition[] = ['accounts', 'seen-events'].map((name) => ({
  name,
  valueSerde: jsonSerde(),
}));
export const changelogOf = (store: string): string => `points-points-${store}-changelog`;

export const openTasks = async (folder: string): Promise<readonly LocalState[]> => {
  const states: LocalState[] = [];
  for (let task = 0; task < settings.tasks; task += 1) {
    const options = { logger: silentLogger, changelogOf, rebuild: false };
    states.push(await openTaskState(stores, join(folder, String(task)), options));
  }
  return states;
};

const uuid = (name: string): string => {
  const hex = createHash('md5').update(name).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
};
const merchants = Array.from({ length: settings.merchants }, (_, index) => uuid(`merchant/${String(index)}`));
const keyOf = (kind: string, number: number): string =>
  `${merchants[number % settings.merchants] ?? ''}:${uuid(`${kind}/${String(number)}`)}`;
/** 73 characters; a task has every fourth. */
export const accountKey = (number: number): string => keyOf('customer', number);
export const eventKey = (number: number): string => keyOf('event', number);

const seed = createHash('sha512').update('values').digest();
/** As Avro would make it: an id, some numbers, text; not twice the same. */
const accountValue = (number: number): Buffer => {
  const value = Buffer.alloc(settings.valueBytes, 0x20);
  seed.copy(value, 8, 0, 48);
  value.writeDoubleLE(number * Math.E, 0);
  value.writeDoubleLE(number * Math.PI, 24);
  return value;
};

export const accountChange = (number: number): StoreChange => ({
  store: 'accounts',
  key: accountKey(number),
  value: accountValue(number),
  expiresAt: null,
});

/** Ids come evenly over a day, and are remembered for one. */
export const seenAt = (number: number): number => beganAt + Math.floor((number / settings.ids) * dayMs);
export const seenChange = (number: number): StoreChange => ({
  store: 'seen-events',
  key: eventKey(number),
  value: Buffer.alloc(13, 1),
  expiresAt: seenAt(number) + dayMs,
});

type Megabytes = Readonly<Record<'rss' | 'anonymous' | 'mapped' | 'peak' | 'heap', number>>;

/** Of this process: all, its own (JavaScript's heap is a part of that), and files mapped into it (Node itself: 40). */
export const memory = (): Megabytes => {
  const status = readFileSync('/proc/self/status', 'utf8');
  const of = (name: string): number => Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1_024);
  const heap = Math.round(process.memoryUsage().heapTotal / 1_048_576);
  return { rss: of('VmRSS'), anonymous: of('RssAnon'), mapped: of('RssFile'), peak: of('VmHWM'), heap };
};

/** Of some durations in milliseconds. */
export const spread = (durations: readonly number[]): Readonly<Record<'p50' | 'p99' | 'max', number>> => {
  const sorted = durations.toSorted((a, b) => a - b);
  const at = (part: number): number => Number((sorted[Math.floor((sorted.length - 1) * part)] ?? 0).toFixed(2));
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
};

export const timed = async <T>(durations: number[], work: () => Promise<T>): Promise<T> => {
  const began = performance.now();
  const result = await work();
  durations.push(performance.now() - began);
  return result;
};
