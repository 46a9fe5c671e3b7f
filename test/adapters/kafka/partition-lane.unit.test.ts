import type { Message } from 'kafkajs';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createPartitionLane, type PartitionLaneOptions } from '../../../src/adapters/kafka/partition-lane.ts';
import type { Logger } from '../../../src/common/logger.ts';
import { silentLogger } from '../../../src/common/logger.ts';
import { until } from '../../support/until.ts';

const message = (name: string): Message => ({ key: 'k', value: name });
const never = new AbortController().signal;

/** A lane over connections that send when told to; each send is listed with what it held. */
const rig = (changes: Partial<PartitionLaneOptions> = {}) => {
  const sends: { names: string[]; connection: number; settle: PromiseWithResolvers<undefined> }[] = [];
  const closed: number[] = [];
  const told: string[] = [];
  const failuresAtOpen: number[] = [];
  let opened = 0;
  const tell = (_fields: unknown, text: string) => told.push(text);
  const logger: Logger = { ...silentLogger, info: tell, warn: tell };
  const lane = createPartitionLane({
    partition: 3,
    lingerMs: 1,
    retryPauseMs: 1,
    maxBatchRecords: 100,
    maxBatchBytes: 1_000_000,
    logger,
    open: (failures) => {
      opened += 1;
      const connection = opened;
      failuresAtOpen.push(failures);
      return {
        connect: async () => undefined,
        send: async (messages) => {
          const settle = Promise.withResolvers<undefined>();
          sends.push({ names: messages.map(({ value }) => String(value)), connection, settle });
          await settle.promise;
        },
        close: () => closed.push(connection),
      };
    },
    ...changes,
  });
  const store = (name: string, deadline = never, bytes = 10) => lane.store(message(name), bytes, deadline);
  const sendNumber = async (count: number) => {
    await until(`send number ${count}`, () => sends.length >= count, 1_000);
    return sends[count - 1]!;
  };
  return { lane, store, sends, sendNumber, closed, told, failuresAtOpen };
};

describe('a partition lane', () => {
  it('sends together what comes together, in order, and resolves when all is stored', async () => {
    const { store, sendNumber, sends } = rig();
    const stored = ['a', 'b', 'c'].map((name) => store(name));
    const first = await sendNumber(1);
    expect(first.names).toStrictEqual(['a', 'b', 'c']);
    expect(await Promise.race([stored[0], pause(5, 'not yet')])).toBe('not yet');
    first.settle.resolve(undefined);
    await Promise.all(stored);
    expect(sends).toHaveLength(1);
  });

  it('has one send under way, and gathers meanwhile', async () => {
    const { store, sendNumber, sends } = rig();
    const a = store('a');
    const first = await sendNumber(1);
    const others = [store('b'), store('c')];
    await pause(10);
    expect(sends).toHaveLength(1);
    first.settle.resolve(undefined);
    await a;
    const second = await sendNumber(2);
    expect(second.names).toStrictEqual(['b', 'c']);
    second.settle.resolve(undefined);
    await Promise.all(others);
  });

  it.each([
    ['records', { maxBatchRecords: 2 }],
    ['bytes', { maxBatchBytes: 25 }],
  ])('cuts batches at the most %s allowed', async (_what, limit) => {
    const { store, sendNumber } = rig(limit);
    const stored = ['a', 'b', 'c'].map((name) => store(name));
    const first = await sendNumber(1);
    expect(first.names).toStrictEqual(['a', 'b']);
    first.settle.resolve(undefined);
    const second = await sendNumber(2);
    expect(second.names).toStrictEqual(['c']);
    second.settle.resolve(undefined);
    await Promise.all(stored);
  });

  it('sends a record larger than a batch by itself', async () => {
    const { store, sendNumber } = rig({ maxBatchBytes: 5 });
    const stored = store('a');
    (await sendNumber(1)).settle.resolve(undefined);
    await stored;
  });

  it('sends a failed batch again over a new connection, with what has come since, and tells of the outage once', async () => {
    const { store, sendNumber, closed, told, failuresAtOpen } = rig();
    const a = store('a');
    (await sendNumber(1)).settle.reject(new TypeError('broken'));
    const b = store('b');
    (await sendNumber(2)).settle.reject(new TypeError('still broken'));
    const third = await sendNumber(3);
    expect(third).toMatchObject({ names: ['a', 'b'], connection: 3 });
    expect(closed).toStrictEqual([1, 2]);
    third.settle.resolve(undefined);
    await Promise.all([a, b]);
    expect(failuresAtOpen).toStrictEqual([0, 1, 2]);
    expect(told).toStrictEqual(['Partition takes no records', 'Partition takes records again']);
  });

  it('gives up a record at its deadline and does not send it again', async () => {
    const { store, sendNumber } = rig();
    const deadline = new AbortController();
    const late = store('late', deadline.signal);
    const patient = store('patient');
    const first = await sendNumber(1);
    deadline.abort();
    await expect(late).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE', facts: { partition: 3 } });
    first.settle.reject(new TypeError('broken'));
    const second = await sendNumber(2);
    expect(second.names).toStrictEqual(['patient']);
    second.settle.resolve(undefined);
    await patient;
  });

  it('refuses a record whose deadline has passed', async () => {
    const { store, sends } = rig();
    await expect(store('late', AbortSignal.abort())).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    await pause(10);
    expect(sends).toStrictEqual([]);
  });

  it('uses the connection that was made ahead', async () => {
    const { lane, store, sendNumber } = rig();
    await lane.connect();
    const a = store('a');
    const first = await sendNumber(1);
    expect(first.connection).toBe(1);
    first.settle.resolve(undefined);
    await a;
  });

  it('works again after it has been idle', async () => {
    const { store, sendNumber } = rig();
    const a = store('a');
    (await sendNumber(1)).settle.resolve(undefined);
    await a;
    const b = store('b');
    const second = await sendNumber(2);
    expect(second).toMatchObject({ names: ['b'], connection: 1 });
    second.settle.resolve(undefined);
    await b;
  });
});
