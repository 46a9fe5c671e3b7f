import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  CommitFailedError,
  Consumed,
  jsonSerde,
  KafkaStreams,
  MembershipLostError,
  processBatch,
  Produced,
  ProducerFencedError,
  type StreamsOptions,
  StreamsBuilder,
  StreamsStateError,
  TopologyError,
  withValue,
} from '../../../src/streams/index.ts';
import { StreamTask } from '../../../src/streams/runtime/stream-task.ts';
import { FakeCluster } from '../fakes.ts';
import { AwayError, BadError, type LogLine, recordingLogger } from '../harness.ts';

const serde = jsonSerde<number>();
const totals = { name: 'totals', valueSerde: serde };

let stateDir = '';
const ends: (() => Promise<void>)[] = [];
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'points-streams-'));
  ends.push(() => rm(stateDir, { recursive: true, force: true }));
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const end of ends.splice(0).reverse()) await end();
});

/** Adds up what comes, in a store, and writes the sums; `work` may hold it up or fail it. */
const sums = (work: (values: readonly number[]) => Promise<void>) => {
  const builder = new StreamsBuilder('sums').deadLettersTo('dlq');
  builder
    .stream<string, number>('in', Consumed.with(serde))
    .pipe(
      processBatch<string, number, string, number>('add', {
        stores: [totals],
        create: (context) => {
          const store = context.store(totals);
          return async (records) => {
            await store.load(['sum']);
            await work(records.map(({ value }) => value));
            return records.map((record) => {
              store.put('sum', (store.get('sum') ?? 0) + record.value);
              return withValue(record, store.get('sum') ?? 0);
            });
          };
        },
      }),
    )
    .to('out', { ...Produced.with(serde), partitioning: 'task' });
  return builder.build();
};

const rig = (
  options: Partial<StreamsOptions> & { work?: (values: readonly number[]) => Promise<void>; partitions?: number } = {},
) => {
  const { work = () => Promise.resolve(), partitions = 2, ...own } = options;
  const cluster = new FakeCluster();
  for (const topic of ['in', 'out', 'dlq']) cluster.topics.set(topic, partitions);
  const logger = recordingLogger();
  const fatal: Error[] = [];
  const streams = new KafkaStreams(sums(work), {
    ...{ applicationId: 'app', clientSupplier: cluster, stateDir, logger, idleCommitMs: 5 },
    retryPolicy: { delaysMs: [1], afterwards: 'keep-trying' },
    ...own,
    listener: {
      onFatal: (_topology, error) => {
        fatal.push(error);
      },
      ...own.listener,
    },
  });
  ends.push(() => streams.close().catch(() => undefined));
  const of = (partition: number) => ({ topic: 'in', partition });
  const listener = () => cluster.consumerOptions!.listener;
  return {
    cluster,
    streams,
    logger,
    fatal,
    assign: (...numbers: number[]) => {
      cluster.assign(numbers.map(of));
    },
    heartbeat: () => {
      listener().onHeartbeat();
    },
    crash: (error: Error, restarts: boolean) => {
      listener().onCrash(error, restarts);
    },
    /** Values come into a partition, and the consumer hands over all of it that is behind `from`. */
    come: (partition: number, values: readonly number[], from = 0) => {
      const records = values.map((value) => ({
        key: Buffer.from('k'),
        value: serde.serialize(value),
        timestamp: 1_000,
        headers: {},
      }));
      cluster.append(of(partition), records);
      listener().onFetched(cluster.chunkFrom(of(partition), from));
    },
    outputs: (partition: number) =>
      cluster.log({ topic: 'out', partition }).records.map(({ value }) => Number(value?.toString())),
    committed: (partition: number) => cluster.committed.get(`app-sums in-${String(partition)}`)?.offset,
    task: (partition: number) => streams.status().tasks.find(({ taskId }) => taskId === `0_${String(partition)}`),
    messages: (level: LogLine['level']) =>
      logger.lines.filter((line) => line.level === level).map(({ message }) => message),
  };
};

const eventually = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 5_000, interval: 5 });

describe('streams', () => {
  it('acquire a task in the order that keeps exactly once: producer, committed offset, restore, seek, resume', async () => {
    const { cluster, streams, assign, come, outputs, committed } = rig();
    await streams.start();
    cluster.append({ topic: 'app-sums-totals-changelog', partition: 1 }, [
      { key: Buffer.from('sum'), value: Buffer.from('40'), timestamp: 0, headers: {} },
    ]);
    cluster.committed.set('app-sums in-1', { topic: 'in', partition: 1, offset: 0, metadata: '500' });
    cluster.calls.length = 0;
    assign(1);
    await eventually(() => {
      expect(streams.state).toBe('RUNNING');
    });
    expect(cluster.calls).toEqual([
      'pause in-1',
      'init producer',
      'ask in-1',
      'read app-sums-totals-changelog-1 0-1',
      'seek in-1 0',
      'seek in-1 0',
      'resume in-1',
    ]);
    come(1, [1, 1]);
    await eventually(() => {
      expect(outputs(1)).toEqual([41, 42]);
    });
    await eventually(() => {
      expect(committed(1)).toBe(2);
    });
  });

  it('are not running before the group has given them anything, and are when it gave them nothing', async () => {
    const { streams, assign } = rig();
    expect(streams.state).toBe('CREATED');
    await streams.start();
    expect(streams.state).toBe('REBALANCING');
    assign();
    expect(streams.state).toBe('RUNNING');
  });

  it('keep stream time with the committed offset, and take it up again', async () => {
    const first = rig();
    await first.streams.start();
    first.assign(0);
    await eventually(() => {
      expect(first.task(0)?.state).toBe('RUNNING');
    });
    first.come(0, [1]);
    await eventually(() => {
      expect(first.cluster.committed.get('app-sums in-0')).toEqual({
        topic: 'in',
        partition: 0,
        offset: 1,
        metadata: '1000',
      });
    });
  });

  it('refuse to be started twice, or after the end', async () => {
    const { streams } = rig();
    await streams.start();
    await expect(streams.start()).rejects.toThrow(StreamsStateError);
    await streams.close();
    expect(streams.state).toBe('NOT_RUNNING');
    await expect(streams.start()).rejects.toThrow(StreamsStateError);
  });

  it('can be started again after a start that failed', async () => {
    const { streams, cluster } = rig();
    let isAway = true;
    cluster.onStart = () => {
      if (isAway) throw new AwayError('Kafka is away');
    };
    await expect(streams.start()).rejects.toThrow('Kafka is away');
    isAway = false;
    await streams.start();
  });

  it('refuse stores without transactions', () => {
    expect(() => rig({ processingGuarantee: 'at_least_once' })).toThrow(TopologyError);
  });

  it('fail when a topic is missing, and can be closed then', async () => {
    const { streams, cluster } = rig();
    cluster.topics.delete('out');
    await expect(streams.start()).rejects.toThrow('topic out does not exist');
    await streams.close();
    expect(cluster.calls).toContain('admin closed');
  });
});

describe('streams that are closed', () => {
  it('finish and commit the batch in flight, and begin no other', async () => {
    const held = Promise.withResolvers<undefined>();
    const { streams, assign, come, outputs, committed, task } = rig({
      maxBatchRecords: 2,
      work: async () => {
        await held.promise;
      },
    });
    await streams.start();
    assign(0);
    await eventually(() => {
      expect(task(0)?.state).toBe('RUNNING');
    });
    come(0, [1, 2, 3, 4, 5]);
    await eventually(() => {
      expect(task(0)?.queued).toBe(3);
    });
    const closing = streams.close();
    held.resolve(undefined);
    await closing;
    expect(outputs(0)).toEqual([1, 3]);
    expect(committed(0)).toBe(2);
    expect(streams.state).toBe('NOT_RUNNING');
  });

  it('leave a batch behind that hangs, and nothing it does later is seen or told', async () => {
    const hung = Promise.withResolvers<undefined>();
    const { streams, cluster, assign, come, outputs, committed, task, fatal } = rig({ finishWithinMs: 20 });
    cluster.beforeCommit = () => hung.promise;
    await streams.start();
    assign(0);
    await eventually(() => {
      expect(task(0)?.state).toBe('RUNNING');
    });
    come(0, [1]);
    await eventually(() => {
      expect(cluster.calls).toContain('commit');
    });
    await streams.close();
    expect(streams.state).toBe('NOT_RUNNING');
    cluster.calls.length = 0;
    hung.reject(new AwayError('The broker is back, and knows nothing of it'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([cluster.calls, outputs(0), committed(0), fatal]).toEqual([[], [], undefined, []]);
  });

  it('do not wait for better times', async () => {
    const { streams, assign, come, task, committed } = rig({
      retryPolicy: { delaysMs: [60_000], afterwards: 'keep-trying' },
      work: () => Promise.reject(new AwayError('Away')),
    });
    await streams.start();
    assign(0);
    await eventually(() => {
      expect(task(0)?.state).toBe('RUNNING');
    });
    come(0, [1]);
    await eventually(() => {
      expect(task(0)?.state).toBe('RETRYING');
    });
    await streams.close();
    expect(committed(0)).toBe(undefined);
  });

  it('end a restoring that is under way', async () => {
    const { streams, cluster, assign, task, fatal } = rig();
    await streams.start();
    cluster.append(
      { topic: 'app-sums-totals-changelog', partition: 0 },
      Array.from({ length: 6 }, () => ({
        key: Buffer.from('sum'),
        value: Buffer.from('1'),
        timestamp: 0,
        headers: {},
      })),
    );
    const read = Promise.withResolvers<undefined>();
    cluster.onRead = () => read.promise;
    assign(0);
    await eventually(() => {
      expect(task(0)?.state).toBe('RESTORING');
    });
    const closing = streams.close();
    read.resolve(undefined);
    await closing;
    expect(streams.state).toBe('NOT_RUNNING');
    expect(fatal).toEqual([]);
  });

  it('are closed once, however often that is asked', async () => {
    const { streams, cluster } = rig();
    await streams.start();
    await Promise.all([streams.close(), streams.close()]);
    await streams.close();
    expect(cluster.calls.filter((call) => call === 'stop')).toHaveLength(1);
  });

  it('leave the group and the cluster also when a task cannot be closed', async () => {
    const { streams, cluster, assign, task } = rig();
    await streams.start();
    assign(0);
    await eventually(() => {
      expect(task(0)?.state).toBe('RUNNING');
    });
    vi.spyOn(StreamTask.prototype, 'close').mockRejectedValueOnce(new Error('Closing failed'));
    await expect(streams.close()).rejects.toThrow('Closing failed');
    expect(cluster.calls).toEqual(expect.arrayContaining(['stop', 'admin closed']));
    expect(streams.state).toBe('NOT_RUNNING');
  });

  it('before they have joined never join', async () => {
    const { streams, cluster } = rig();
    const starting = streams.start();
    starting.catch(() => undefined);
    await streams.close();
    await expect(starting).rejects.toThrow('The streams were closed while they started');
    expect(cluster.calls).not.toContain('start');
  });

  it('take the crash of a consumer that was stopped while it joined for no fault', async () => {
    const { streams, crash, fatal, messages } = rig();
    await streams.start();
    const closing = streams.close();
    crash(new Error('The client is closed'), false);
    await closing;
    expect(fatal).toEqual([]);
    expect(messages('error')).toEqual([]);
  });
});

describe('a task that is fenced', () => {
  const fencedOnce = async () => {
    const all = rig();
    let isFenced = true;
    all.cluster.beforeCommit = () => {
      if (isFenced) throw new ProducerFencedError('The producer was fenced');
    };
    await all.streams.start();
    all.assign(0, 1);
    await eventually(() => {
      expect(all.streams.state).toBe('RUNNING');
    });
    all.come(0, [1, 2]);
    await eventually(() => {
      expect(all.task(0)?.state).toBe('FENCED');
    });
    return {
      ...all,
      unfence: () => {
        isFenced = false;
      },
    };
  };

  it('does nothing more, and its neighbours go on', async () => {
    const { cluster, come, outputs, unfence, task, streams } = await fencedOnce();
    unfence();
    come(1, [7]);
    await eventually(() => {
      expect(outputs(1)).toEqual([7]);
    });
    come(0, [3], 2);
    expect(outputs(0)).toEqual([]);
    expect(task(0)?.state).toBe('FENCED');
    expect(streams.state).toBe('REBALANCING');
    expect(cluster.calls).toContain('close producer');
  });

  it('is taken up again when the group still counts on this member, and loses nothing', async () => {
    const { heartbeat, come, outputs, unfence, task } = await fencedOnce();
    unfence();
    heartbeat();
    await eventually(() => {
      expect(task(0)?.state).toBe('RUNNING');
    });
    come(0, [], 0);
    await eventually(() => {
      // Counted once the stores have it too, which is a moment after the commit.
      expect(task(0)?.processed).toBe(2);
    });
    expect(outputs(0)).toEqual([1, 3]);
  });

  it('is not taken up again when its partition has gone', async () => {
    const { cluster, assign, heartbeat, unfence } = await fencedOnce();
    unfence();
    cluster.calls.length = 0;
    assign(1);
    heartbeat();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(cluster.calls).not.toContain('ask in-0');
  });
});

describe('an instance whose group', () => {
  /** Both tasks run; the first has committed a record. */
  const member = async () => {
    const all = rig();
    await all.streams.start();
    all.assign(0, 1);
    await eventually(() => {
      expect(all.streams.state).toBe('RUNNING');
    });
    all.come(0, [1]);
    await eventually(() => {
      expect(all.task(0)?.processed).toBe(1);
    });
    all.cluster.calls.length = 0;
    return all;
  };
  const both = [
    { topic: 'in', partition: 0 },
    { topic: 'in', partition: 1 },
  ];

  it.each([
    ['was formed once without it', { skipped: 1 }],
    ['knows it under another id', { memberId: 'another' }],
  ])('%s asks anew where all its tasks stand, also where nothing comes', async (_what, how) => {
    const { cluster, streams, come, outputs, task } = await member();
    // What another instance did of the first partition meanwhile.
    cluster.append({ topic: 'in', partition: 0 }, [
      { key: null, value: serde.serialize(2), timestamp: 1_000, headers: {} },
    ]);
    cluster.append({ topic: 'app-sums-totals-changelog', partition: 0 }, [
      { key: Buffer.from('sum'), value: Buffer.from('3'), timestamp: 0, headers: {} },
    ]);
    cluster.committed.set('app-sums in-0', { topic: 'in', partition: 0, offset: 2, metadata: '1000' });
    cluster.assign(both, how);
    await eventually(() => {
      expect(cluster.calls.filter((call) => call.startsWith('ask'))).toEqual(['ask in-0', 'ask in-1']);
      expect(streams.state).toBe('RUNNING');
    });
    come(0, [10], 2);
    await eventually(() => {
      expect(task(0)?.processed).toBe(2);
    });
    expect(outputs(0)).toEqual([1, 13]);
  });

  it('goes on without it commits nothing until it is taken in again', async () => {
    const { cluster, come, outputs, committed, task } = await member();
    cluster.beforeCommit = () => {
      cluster.beforeCommit = () => undefined;
      throw new MembershipLostError('Another generation');
    };
    come(0, [2], 1);
    await eventually(() => {
      expect(cluster.calls.filter((call) => call === 'commit')).toHaveLength(1);
      expect(task(0)?.state).toBe('RUNNING');
    });
    come(0, [], 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(cluster.calls.filter((call) => call === 'commit')).toHaveLength(1);
    expect([outputs(0), committed(0)]).toEqual([[1], 1]);
    cluster.assign(both, { memberId: 'another' });
    await eventually(() => {
      expect(cluster.calls.filter((call) => call === 'ask in-0')).toHaveLength(2);
      expect(task(0)?.state).toBe('RUNNING');
    });
    come(0, [], 1);
    await eventually(() => {
      expect(outputs(0)).toEqual([1, 3]);
    });
  });

  it('still holds an old transaction open brings its stores up only once that has ended', async () => {
    const { cluster, streams, assign } = rig();
    const open = Promise.withResolvers<undefined>();
    cluster.beforeAnswer = () => open.promise;
    await streams.start();
    assign(0);
    await eventually(() => {
      expect(cluster.calls).toContain('ask in-0');
    });
    cluster.append({ topic: 'app-sums-totals-changelog', partition: 0 }, [
      { key: Buffer.from('sum'), value: Buffer.from('40'), timestamp: 0, headers: {} },
    ]);
    expect(cluster.calls.filter((call) => call.startsWith('read'))).toEqual([]);
    open.resolve(undefined);
    await eventually(() => {
      expect(streams.state).toBe('RUNNING');
    });
    expect(cluster.calls).toContain('read app-sums-totals-changelog-0 0-1');
  });
});

describe('a task whose commit has an unknown outcome', () => {
  it('is acquired anew and asks what was committed', async () => {
    const { cluster, streams, assign, come, outputs, committed, task } = rig();
    let failures = 1;
    cluster.beforeCommit = (unit) => {
      if (failures === 0) return;
      failures -= 1;
      // It was committed, but the answer never came.
      for (const send of unit.sends) cluster.append(send, send.records);
      for (const offset of unit.offsets) cluster.committed.set(`${unit.membership.groupId} in-0`, offset);
      throw new CommitFailedError('Time-out');
    };
    await streams.start();
    assign(0);
    await eventually(() => {
      expect(task(0)?.state).toBe('RUNNING');
    });
    come(0, [1, 2]);
    await eventually(() => {
      expect(cluster.calls.filter((call) => call === 'ask in-0')).toHaveLength(2);
    });
    await eventually(() => {
      expect(task(0)?.state).toBe('RUNNING');
    });
    expect(cluster.calls.at(-2)).toBe('seek in-0 2');
    come(0, [3], 2);
    await eventually(() => {
      expect(outputs(0)).toEqual([1, 3, 6]);
    });
    expect(committed(0)).toBe(3);
  });
});

describe('a task that waits for better times', () => {
  it('lets others commit meanwhile', async () => {
    let isAway = true;
    const { streams, assign, come, outputs, task } = rig({
      work: (values) => (isAway && values.includes(1) ? Promise.reject(new AwayError('Away')) : Promise.resolve()),
      retryPolicy: { delaysMs: [5], afterwards: 'keep-trying' },
    });
    await streams.start();
    assign(0, 1);
    await eventually(() => {
      expect(streams.state).toBe('RUNNING');
    });
    come(0, [1]);
    await eventually(() => {
      expect(task(0)?.state).toBe('RETRYING');
    });
    come(1, [7]);
    await eventually(() => {
      expect(outputs(1)).toEqual([7]);
    });
    isAway = false;
    await eventually(() => {
      expect(outputs(0)).toEqual([1]);
    });
    expect(task(0)?.state).toBe('RUNNING');
  });

  it('gives up when it is told to, and dead-letters the record as one that may be replayed', async () => {
    const { streams, cluster, assign, come, task } = rig({
      work: (values) => (values.includes(13) ? Promise.reject(new AwayError('Away')) : Promise.resolve()),
      retryPolicy: { delaysMs: [1, 1], afterwards: 'give-up' },
    });
    await streams.start();
    assign(0);
    await eventually(() => {
      expect(task(0)?.state).toBe('RUNNING');
    });
    come(0, [1, 13, 2]);
    await eventually(() => {
      expect(task(0)?.processed).toBe(3);
    });
    const [letter] = cluster.log({ topic: 'dlq', partition: 0 }).records;
    expect(letter?.value?.toString()).toBe('13');
    expect(letter?.headers).toMatchObject({
      '__streams.errors.attempts': '3',
      '__streams.errors.retryable': 'true',
    });
  });
});

describe('a commit interval', () => {
  const paced = async (commitIntervalMs: number, maxBatchRecords = 1_000) => {
    const batches: number[] = [];
    const clock = { now: () => Date.now() + clock.shiftMs, shiftMs: 0 };
    const all = rig({
      ...{ commitIntervalMs, maxBatchRecords, clock },
      listener: {
        onCommit: (_topology, _task, records) => {
          batches.push(records);
        },
      },
    });
    await all.streams.start();
    all.assign(0);
    await eventually(() => {
      expect(all.task(0)?.state).toBe('RUNNING');
    });
    return { ...all, batches, clock };
  };

  it('lets records gather under steady load', async () => {
    const { come, batches } = await paced(100);
    come(0, [1]);
    await eventually(() => {
      expect(batches).toEqual([1]);
    });
    for (let index = 1; index <= 5; index += 1) come(0, [1], index);
    await eventually(() => {
      expect(batches).toEqual([1, 5]);
    });
  });

  it('holds up neither the first record nor a batch that is full', async () => {
    const { come, batches } = await paced(60_000, 3);
    come(0, [1]);
    await eventually(() => {
      expect(batches).toEqual([1]);
    });
    come(0, [1, 1, 1], 1);
    await eventually(() => {
      expect(batches).toEqual([1, 3]);
    });
  });

  it('ends also when the clock is set back by hours', async () => {
    const { come, batches, clock } = await paced(60_000);
    come(0, [1]);
    await eventually(() => {
      expect(batches).toEqual([1]);
    });
    clock.shiftMs = -7_200_000;
    come(0, [1], 1);
    await eventually(() => {
      expect(batches).toEqual([1, 1]);
    });
  });
});

describe('more records than a task may hold', () => {
  it('pause its partition, and resume it where they left off when half are done', async () => {
    const held = Promise.withResolvers<undefined>();
    const { streams, cluster, assign, come, outputs, task } = rig({
      maxQueuedRecords: 4,
      maxBatchRecords: 2,
      work: () => held.promise.then(() => undefined),
    });
    await streams.start();
    assign(0);
    await eventually(() => {
      expect(task(0)?.state).toBe('RUNNING');
    });
    cluster.calls.length = 0;
    come(0, [1, 1, 1, 1, 1, 1, 1]);
    expect(cluster.calls).toEqual(['pause in-0']);
    // What comes in spite of it is not taken, and read again later.
    come(0, [1, 1], 7);
    expect(task(0)?.queued).toBeLessThanOrEqual(7);
    held.resolve(undefined);
    await eventually(() => {
      expect(cluster.calls).toEqual(expect.arrayContaining(['seek in-0 7', 'resume in-0']));
    });
    come(0, [], 7);
    await eventually(() => {
      expect(outputs(0)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    });
  });
});

describe('records that the consumer leaves out', () => {
  it('are read again from where the task stands', async () => {
    const { streams, cluster, assign, come, outputs, task, messages } = rig();
    await streams.start();
    assign(0);
    await eventually(() => {
      expect(task(0)?.state).toBe('RUNNING');
    });
    come(0, [1, 2, 3], 2);
    expect(cluster.calls.at(-1)).toBe('seek in-0 0');
    expect(messages('warn')).toEqual(['The consumer left records out and is sent back']);
    come(0, [], 0);
    await eventually(() => {
      expect(outputs(0)).toEqual([1, 3, 6]);
    });
  });

  it('and are not there any more stop the streams', async () => {
    const { streams, cluster, assign, come, task, fatal } = rig();
    await streams.start();
    assign(0);
    await eventually(() => {
      expect(task(0)?.state).toBe('RUNNING');
    });
    cluster.log({ topic: 'in', partition: 0 }).low = 100;
    come(0, [1], 100);
    await eventually(() => {
      expect(streams.state).toBe('ERROR');
    });
    expect(fatal).toMatchObject([{ code: 'OFFSET_GAP', facts: { topic: 'in', partition: 0, position: 0, low: 100 } }]);
  });

  it.each([
    ['lie before what the topic still holds', 5],
    ['were forgotten by a client that began anew', -2],
  ])('and %s stop the streams at the start', async (_what, offset) => {
    const { streams, cluster, assign } = rig();
    cluster.log({ topic: 'in', partition: 0 }).low = 10;
    cluster.committed.set('app-sums in-0', { topic: 'in', partition: 0, offset });
    await streams.start();
    assign(0);
    await eventually(() => {
      expect(streams.status().error).toMatchObject({ code: 'OFFSET_GAP' });
    });
  });

  it('since the topic was made anew are waited for, and nothing of the new topic is passed over', async () => {
    const { streams, cluster, assign, task, messages } = rig();
    cluster.committed.set('app-sums in-0', { topic: 'in', partition: 0, offset: 500 });
    await streams.start();
    assign(0);
    await eventually(() => {
      expect(task(0)?.state).toBe('RETRYING');
    });
    expect(streams.state).toBe('REBALANCING');
    expect(messages('warn')).toEqual(['The task lets go and is acquired again']);
    cluster.committed.delete('app-sums in-0');
    await eventually(() => {
      expect(task(0)?.state).toBe('RUNNING');
    });
  });
});

describe('a local store that fails', () => {
  it('is set aside once and rebuilt from its changelog; no record is blamed', async () => {
    const { streams, cluster, assign, come, outputs, task, messages } = rig();
    await streams.start();
    assign(0);
    await eventually(() => {
      expect(task(0)?.state).toBe('RUNNING');
    });
    come(0, [1, 2]);
    await eventually(() => {
      expect(task(0)?.processed).toBe(2);
    });
    const { DiskState } = await import('../../../src/streams/state/disk-state.ts');
    vi.spyOn(DiskState.prototype, 'getMany').mockRejectedValueOnce(new Error('Corruption: block checksum mismatch'));
    come(0, [3], 2);
    await eventually(() => {
      expect(task(0)?.state).toBe('RUNNING');
      expect(messages('info')).toContain('The state store is restored');
    });
    come(0, [], 2);
    await eventually(() => {
      expect(outputs(0)).toEqual([1, 3, 6]);
    });
    expect(cluster.log({ topic: 'dlq', partition: 0 }).records).toEqual([]);
  });

  it('and fails again stops the streams', async () => {
    const { DiskState } = await import('../../../src/streams/state/disk-state.ts');
    vi.spyOn(DiskState.prototype, 'getMany').mockRejectedValue(new Error('IO error'));
    const { streams, cluster, assign, come, task } = rig();
    await streams.start();
    assign(0);
    for (const times of [1, 2]) {
      await eventually(() => {
        expect(cluster.calls.filter((call) => call === 'resume in-0')).toHaveLength(times);
      });
      expect(task(0)?.state).toBe('RUNNING');
      come(0, times === 1 ? [1] : [], 0);
    }
    await eventually(() => {
      expect(streams.status().error).toMatchObject({ code: 'STATE_STORE_FAILED' });
    });
  });
});

describe('a rebalance', () => {
  it('lets what stays run on from where it stands, not from what it has committed', async () => {
    const { streams, cluster, assign, come, outputs, task } = rig();
    await streams.start();
    assign(0, 1);
    await eventually(() => {
      expect(streams.state).toBe('RUNNING');
    });
    come(0, [1, 2, 3]);
    await eventually(() => {
      expect(task(0)?.processed).toBe(3);
    });
    cluster.calls.length = 0;
    assign(0);
    expect(cluster.calls.slice(0, 3)).toEqual(['pause in-0', 'seek in-0 3', 'resume in-0']);
    await eventually(() => {
      expect(streams.status().tasks.map(({ taskId }) => taskId)).toEqual(['0_0']);
    });
    come(0, [4], 3);
    await eventually(() => {
      expect(outputs(0)).toEqual([1, 3, 6, 10]);
    });
  });

  it('stops what goes at once, also while another change is under way', async () => {
    const held = Promise.withResolvers<undefined>();
    const { streams, assign, come, outputs, committed, task } = rig({
      work: (values) => (values.includes(99) ? held.promise.then(() => undefined) : Promise.resolve()),
    });
    await streams.start();
    assign(0, 1);
    await eventually(() => {
      expect(streams.state).toBe('RUNNING');
    });
    come(0, [99]);
    await eventually(() => {
      expect(task(0)?.queued).toBe(0);
    });
    // Partition 0 goes, but is held up; then partition 1 goes too, which must not wait for it.
    assign(1);
    assign();
    come(1, [5]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(outputs(1)).toEqual([]);
    held.resolve(undefined);
    await eventually(() => {
      expect(streams.status().tasks).toEqual([]);
    });
    // Its new owner does that batch, or has done it.
    expect(outputs(0)).toEqual([]);
    expect(committed(0)).toBe(undefined);
  });

  it('makes a task anew that went and came back before it was closed', async () => {
    const held = Promise.withResolvers<undefined>();
    const { streams, cluster, assign, come, outputs, task } = rig({ work: () => held.promise.then(() => undefined) });
    await streams.start();
    assign(0);
    await eventually(() => {
      expect(streams.state).toBe('RUNNING');
    });
    come(0, [1]);
    await eventually(() => {
      expect(task(0)?.queued).toBe(0);
    });
    assign();
    assign(0);
    held.resolve(undefined);
    await eventually(() => {
      expect(cluster.calls.filter((call) => call === 'ask in-0')).toHaveLength(2);
      expect(task(0)?.state).toBe('RUNNING');
    });
    come(0, [2], 0);
    await eventually(() => {
      expect(outputs(0)).toEqual([1, 3]);
    });
  });

  it('makes no task for what has gone while others were closed', async () => {
    const held = Promise.withResolvers<undefined>();
    const { streams, cluster, assign, come, task } = rig({ work: () => held.promise.then(() => undefined) });
    await streams.start();
    assign(0);
    await eventually(() => {
      expect(streams.state).toBe('RUNNING');
    });
    come(0, [1]);
    await eventually(() => {
      expect(task(0)?.queued).toBe(0);
    });
    assign(1);
    assign();
    held.resolve(undefined);
    await eventually(() => {
      expect(streams.status().tasks).toEqual([]);
    });
    expect(cluster.calls).not.toContain('ask in-1');
  });

  it('that cannot be followed stops the streams, and nothing is left unhandled', async () => {
    const { streams, assign, task } = rig();
    await streams.start();
    assign(0);
    await eventually(() => {
      expect(task(0)?.state).toBe('RUNNING');
    });
    vi.spyOn(StreamTask.prototype, 'close').mockRejectedValueOnce(new Error('Closing failed'));
    assign();
    await eventually(() => {
      expect(streams.state).toBe('ERROR');
    });
    expect(streams.status().error?.message).toBe('Closing failed');
  });
});

describe('an error that will not pass', () => {
  it('stops the streams when a handler says so, and is told once', async () => {
    const { streams, assign, come, fatal, task } = rig({
      work: (values) => (values.includes(13) ? Promise.reject(new BadError('Unlucky')) : Promise.resolve()),
      processingExceptionHandler: () => 'FAIL',
    });
    await streams.start();
    assign(0);
    await eventually(() => {
      expect(task(0)?.state).toBe('RUNNING');
    });
    come(0, [13]);
    await eventually(() => {
      expect(task(0)?.state).toBe('FAILED');
    });
    expect(streams.state).toBe('ERROR');
    expect(fatal).toMatchObject([{ code: 'RECORD_REFUSED', cause: { message: 'Unlucky' } }]);
    await streams.close();
    expect(streams.state).toBe('ERROR');
  });

  it('of the consumer stops the streams only when it does not restart by itself', async () => {
    const { streams, crash, assign } = rig();
    await streams.start();
    assign();
    crash(new Error('The broker went away'), true);
    expect(streams.state).toBe('RUNNING');
    crash(new Error('The group is of another protocol'), false);
    expect(streams.state).toBe('ERROR');
    expect(streams.status().error?.message).toBe('The group is of another protocol');
  });
});
