import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createBalanceWatcher } from '../../src/balances/index.ts';
import { DependencyUnavailableError } from '../../src/common/errors.ts';
import { silentLogger } from '../../src/common/logger.ts';
import { createFakeBalanceChanges } from '../support/fake-balance-changes.ts';

const merchantId = 'm';
const customerId = 'c';
const balanceAt = (sequence: number) => ({ merchantId, customerId, balance: sequence * 10, sequence });

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A watcher whose stores hold what the test says; by default sequence 3. */
const createRig = (maxRereads = 32) => {
  const changes = createFakeBalanceChanges();
  const store = { sequence: 3, isAway: false, reads: 0, read: (): Promise<unknown> => Promise.resolve() };
  const errors: string[] = [];
  const watcher = createBalanceWatcher({
    balances: {
      read: async () => {
        store.reads += 1;
        await store.read();
        if (store.isAway) throw new DependencyUnavailableError('MongoDB');
        return balanceAt(store.sequence);
      },
    },
    changes,
    logger: { ...silentLogger, error: (_, message) => void errors.push(message) },
    rereadEveryMs: 15_000,
    maxRereads,
  });
  const abort = new AbortController();
  const stream = watcher.watch(merchantId, customerId, abort.signal);
  const next = async () => (await stream.next()).value?.sequence;
  return { watcher, changes, store, errors, abort, stream, next };
};

const soon = () => vi.advanceTimersByTimeAsync(0);

describe('watching a balance', () => {
  test('begins with the balance there is, and goes on with each change', async () => {
    const { changes, next } = createRig();
    expect(await next()).toBe(3);
    const following = next();
    changes.tell(balanceAt(4));
    expect(await following).toBe(4);
    changes.tell(balanceAt(6));
    expect(await next()).toBe(6);
  });

  test('never goes back, nor tells anything twice', async () => {
    const { changes, next } = createRig();
    expect(await next()).toBe(3);
    for (const sequence of [2, 3, 1, 5, 4]) changes.tell(balanceAt(sequence));
    expect(await next()).toBe(5);
    const following = next();
    for (const sequence of [4, 5, 6]) changes.tell(balanceAt(sequence));
    expect(await following).toBe(6);
  });

  test('begins with what was told while the store was read, where that is newer', async () => {
    const { changes, store, next } = createRig();
    const gate = Promise.withResolvers<null>();
    store.read = () => gate.promise;
    const first = next();
    await soon();
    changes.tell(balanceAt(4));
    gate.resolve(null);
    expect(await first).toBe(4);
  });

  test('tells who takes them slowly the newest only', async () => {
    const { changes, next } = createRig();
    expect(await next()).toBe(3);
    for (let sequence = 4; sequence <= 100; sequence += 1) changes.tell(balanceAt(sequence));
    expect(await next()).toBe(100);
  });

  test('reads again when changes may have been missed', async () => {
    const { changes, store, next } = createRig();
    expect(await next()).toBe(3);
    const following = next();
    store.sequence = 7;
    changes.resume();
    expect(await following).toBe(7);
  });

  test('reads again now and then, though nobody told of a change', async () => {
    const { store, next } = createRig();
    expect(await next()).toBe(3);
    const following = next();
    store.sequence = 5;
    await vi.advanceTimersByTimeAsync(15_000);
    expect(await following).toBe(5);
  });

  test('goes on while the stores are away', async () => {
    const { changes, store, errors, next } = createRig();
    expect(await next()).toBe(3);
    const following = next();
    store.isAway = true;
    changes.resume();
    await vi.advanceTimersByTimeAsync(60_000);
    changes.tell(balanceAt(4));
    expect(await following).toBe(4);
    store.isAway = false;
    store.sequence = 5;
    const last = next();
    await vi.advanceTimersByTimeAsync(15_000);
    expect(await last).toBe(5);
    expect(errors).toEqual([]);
  });

  test('fails when there is no balance to begin with, and listens no more', async () => {
    const { changes, store, next } = createRig();
    store.isAway = true;
    await expect(next()).rejects.toThrow(DependencyUnavailableError);
    expect(changes.listeners.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('ends with its signal, while it waits or before, and listens no more', async () => {
    const { changes, abort, stream, next } = createRig();
    expect(await next()).toBe(3);
    const following = stream.next();
    await soon();
    expect(changes.listeners.size).toBe(1);
    abort.abort();
    expect(await following).toEqual({ done: true, value: undefined });
    expect(changes.listeners.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
    const late = createRig();
    late.abort.abort();
    expect(await late.stream.next()).toEqual({ done: true, value: undefined });
    expect(late.changes.listeners.size).toBe(0);
  });

  test('ends when who takes them stops', async () => {
    const { changes, watcher } = createRig();
    for await (const { sequence } of watcher.watch(merchantId, customerId, new AbortController().signal)) {
      expect(sequence).toBe(3);
      break;
    }
    expect(changes.listeners.size).toBe(0);
  });
});

test('After an interruption all who watch read again, but so many at once only', async () => {
  const { watcher, changes, store } = createRig(2);
  const signal = new AbortController().signal;
  const streams = Array.from({ length: 10 }, () => watcher.watch(merchantId, customerId, signal));
  await Promise.all(streams.map((stream) => stream.next()));
  let underWay = 0;
  let most = 0;
  store.read = async () => {
    underWay += 1;
    most = Math.max(most, underWay);
    await soon();
    underWay -= 1;
  };
  store.reads = 0;
  store.sequence = 4;
  const following = Promise.all(streams.map((stream) => stream.next()));
  changes.resume();
  expect((await following).map(({ value }) => value?.sequence)).toEqual(Array.from({ length: 10 }, () => 4));
  expect(store.reads).toBe(10);
  expect(most).toBe(2);
});
