import type { Kafka } from 'kafkajs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createStreamConsumer } from '../../../src/adapters/kafka/stream-consumer.ts';
import type { ConsumerListener, StreamConsumer } from '../../../src/streams/ports.ts';

const events = {
  GROUP_JOIN: 'join',
  HEARTBEAT: 'heartbeat',
  FETCH: 'fetch',
  CRASH: 'crash',
  STOP: 'stop',
  END_BATCH_PROCESS: 'end',
};

const named = (name: string): Error => Object.assign(new Error(name), { name });

/** What of kafkajs' consumer ours stands on: its events, and how often it was run. */
const rig = (listener: Partial<ConsumerListener> = {}) => {
  const listeners = new Map<string, Set<(event: unknown) => void>>();
  const emit = (name: string, payload: unknown): void => {
    for (const listener of [...(listeners.get(name) ?? [])]) listener({ payload });
  };
  const run = vi.fn(() => Promise.resolve());
  const restarts: boolean[] = [];
  const kafka = {
    consumer: () => ({
      events,
      on: (name: string, listener: (event: unknown) => void) => {
        const set = listeners.get(name) ?? new Set();
        listeners.set(name, set.add(listener));
        return () => void set.delete(listener);
      },
      connect: () => Promise.resolve(),
      subscribe: () => Promise.resolve(),
      disconnect: () => Promise.resolve(),
      run,
    }),
  } as unknown as Kafka;
  const consumer: StreamConsumer = createStreamConsumer(kafka, {
    groupId: 'group',
    topics: ['topic'],
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 10_000,
    maxWaitMs: 50,
    gatherMs: 0,
    listener: {
      onAssigned: () => undefined,
      onFetched: () => undefined,
      onFetch: () => undefined,
      onHeartbeat: () => undefined,
      onCrash: (_error, restart) => void restarts.push(restart),
      ...listener,
    },
  });
  return {
    consumer,
    run,
    restarts,
    crash: (error: Error, restart: boolean) => emit(events.CRASH, { error, restart }),
    join: () =>
      emit(events.GROUP_JOIN, {
        groupId: 'group',
        memberId: 'me',
        generationId: 3,
        memberAssignment: { topic: [0, 1] },
      }),
  };
};

describe('a consumer of kafkajs that crashes', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  it('asks again for a coordinator that no broker named, also while it starts, until it has joined', async () => {
    const { consumer, run, restarts, crash, join } = rig();
    const started = consumer.start();
    await vi.waitFor(() => expect(run).toHaveBeenCalledTimes(1));
    crash(named('KafkaJSGroupCoordinatorNotFound'), false);
    await vi.advanceTimersByTimeAsync(250);
    crash(named('KafkaJSGroupCoordinatorNotFound'), false);
    await vi.advanceTimersByTimeAsync(250);
    expect(run).toHaveBeenCalledTimes(3);
    expect(restarts).toEqual([true, true]);
    join();
    await expect(started).resolves.toBeUndefined();
  });

  it('leaves a restart to kafkajs where kafkajs restarts', async () => {
    const { consumer, run, restarts, crash, join } = rig();
    const started = consumer.start();
    await vi.waitFor(() => expect(run).toHaveBeenCalledTimes(1));
    crash(named('KafkaJSConnectionError'), true);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(run).toHaveBeenCalledTimes(1);
    expect(restarts).toEqual([true]);
    join();
    await started;
  });

  it('stays down after any other error, and says so', async () => {
    const { consumer, run, restarts, crash } = rig();
    const started = consumer.start();
    const outcome = expect(started).rejects.toThrow('A defect');
    await vi.waitFor(() => expect(run).toHaveBeenCalledTimes(1));
    crash(new TypeError('A defect'), false);
    await outcome;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(run).toHaveBeenCalledTimes(1);
    expect(restarts).toEqual([false]);
  });

  it('does not come back once it was stopped', async () => {
    const { consumer, run, crash, join } = rig();
    const started = consumer.start();
    await vi.waitFor(() => expect(run).toHaveBeenCalledTimes(1));
    join();
    await started;
    crash(named('KafkaJSGroupCoordinatorNotFound'), false);
    await consumer.stop();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(run).toHaveBeenCalledTimes(1);
  });
});

describe('a consumer of kafkajs that joins', () => {
  it('tells its partitions and its place in the group', async () => {
    const onAssigned = vi.fn();
    const { consumer, run, join } = rig({ onAssigned });
    const started = consumer.start();
    await vi.waitFor(() => expect(run).toHaveBeenCalledTimes(1));
    join();
    await started;
    const partitions = [0, 1].map((partition) => ({ topic: 'topic', partition }));
    expect(onAssigned.mock.calls).toEqual([[partitions, { groupId: 'group', memberId: 'me', generationId: 3 }]]);
  });
});
