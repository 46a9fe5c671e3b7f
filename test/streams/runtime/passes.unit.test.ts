import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type Cancellable,
  CommitFailedError,
  Consumed,
  jsonSerde,
  KafkaStreams,
  type NewRecord,
  Produced,
  type ProcessorContext,
  StreamsBuilder,
  type StreamsListener,
  TopologyTestDriver,
} from '../../../src/streams/index.ts';
import { until } from '../../support/until.ts';
import { FakeCluster } from '../fakes.ts';
import { AwayError, BadError, consumed } from '../harness.ts';

const serde = jsonSerde<number>();

/** in → what the test declares → out; numbers below zero fail behind it. */
const topologyOf = (create: (context: ProcessorContext<string, number>) => (value: number) => void) => {
  const builder = new StreamsBuilder('passes').deadLettersTo('dlq');
  builder
    .stream<string, number>('in', Consumed.with(serde))
    .process<string, number>('step', {
      keepsKey: true,
      create: (context) => {
        const step = create(context);
        return (record) => {
          step(record.value);
          return [record];
        };
      },
    })
    .mapValues((value) => {
      if (value === -2) throw new AwayError('It is away');
      if (value < 0) throw new BadError('It is bad');
      return value;
    })
    .to('out', { ...Produced.with(serde), partitioning: 'task' });
  return builder.build();
};

const inputs = (...values: number[]) => values.map((value, offset) => consumed(value, { offset }));

describe('a micro-batch that is passed again', () => {
  it('has the effects of what is committed, once, and none of what was undone', async () => {
    const told: number[] = [];
    const driver = new TopologyTestDriver(
      topologyOf((context) => (value) => {
        context.afterCommit(() => told.push(value));
      }),
      { onRetryable: 'keep-trying' },
    );
    await driver.pipeBytes(inputs(1, -1, 2));
    expect(told).toEqual([1, 2]);
    await expect(driver.pipeBytes(inputs(3, -2))).rejects.toThrow('It is away');
    expect(told).toEqual([1, 2]);
    await driver.pipeBytes(inputs(4));
    expect(told).toEqual([1, 2, 4]);
  });

  it('begins with new state of the pass, and keeps that of the batch', async () => {
    const seen: [pass: number[], batch: number][] = [];
    let batches = 0;
    const driver = new TopologyTestDriver(
      topologyOf((context) => (value) => {
        const pass = context.perPass('values', (): number[] => []);
        pass.push(value);
        void context.once('batch', async () => (batches += 1));
        context.afterCommit(() => seen.push([pass, batches]));
      }),
    );
    await driver.pipeBytes(inputs(1, -1, 2));
    expect(seen).toEqual([
      [[1, 2], 1],
      [[1, 2], 1],
    ]);
    await driver.pipeBytes(inputs(3));
    expect(seen.at(-1)).toEqual([[3], 2]);
  });
});

describe('a punctuator', () => {
  it('may fail one of the records it keeps: a dead letter of its bytes, and the others go on', async () => {
    const kept = inputs(7, 8, 9);
    const leftOut: number[] = [];
    const driver = new TopologyTestDriver(
      topologyOf((context) => {
        const timer: Cancellable = context.schedule(1_000, 'WALL_CLOCK_TIME', () => {
          context.afterCommit(() => {
            timer.cancel();
          });
          return kept.flatMap((source): NewRecord<string, number>[] => {
            if (context.isLeftOut(source)) leftOut.push(source.offset);
            else if (source.offset === 1) context.fail({ source }, new BadError('It is bad'));
            else return [{ key: 'k', value: source.offset, timestamp: 5, source }];
            return [];
          });
        });
        return () => undefined;
      }),
    );
    await driver.advanceWallClockTime(1_000);
    expect(driver.read('out', serde).map(({ value }) => value)).toEqual([0, 2]);
    const [letter, ...others] = driver.readBytes('dlq');
    expect([letter?.value?.toString(), others.length]).toEqual(['8', 0]);
    expect(letter?.headers).toMatchObject({ '__streams.errors.node': 'step', '__streams.errors.offset': '1' });
    expect(leftOut).toEqual([1]);
    await driver.advanceWallClockTime(60_000);
    expect(driver.read('out', serde)).toEqual([]);
  });

  it('that is scheduled later counts from then', async () => {
    let called = 0;
    const driver = new TopologyTestDriver(
      topologyOf((context) => () => {
        context.schedule(1_000, 'WALL_CLOCK_TIME', () => {
          called += 1;
          return [];
        });
      }),
    );
    await driver.advanceWallClockTime(10_000);
    await driver.pipeBytes(inputs(1));
    await driver.advanceWallClockTime(999);
    expect(called).toBe(0);
    await driver.advanceWallClockTime(1);
    expect(called).toBe(1);
  });
});

describe('streams', () => {
  const start = async (
    topology: ReturnType<typeof topologyOf>,
    listener: StreamsListener = {},
  ): Promise<{ cluster: FakeCluster; come: (value: number) => void }> => {
    const stateDir = await mkdtemp(join(tmpdir(), 'points-streams-'));
    onTestFinished(() => rm(stateDir, { recursive: true, force: true }));
    const cluster = new FakeCluster();
    for (const topic of ['in', 'out', 'dlq']) cluster.topics.set(topic, 1);
    const options = { applicationId: 'app', clientSupplier: cluster, stateDir, idleCommitMs: 5, listener };
    const streams = new KafkaStreams(topology, options);
    onTestFinished(() => streams.close());
    await streams.start();
    const place = { topic: 'in', partition: 0 };
    cluster.assign([place]);
    await until('the task runs', () => streams.status().tasks[0]?.state === 'RUNNING', 5_000);
    return {
      cluster,
      come: (value) => {
        cluster.append(place, [{ key: Buffer.from('k'), value: serde.serialize(value), timestamp: 1, headers: {} }]);
        cluster.consumerOptions!.listener.onFetched(cluster.chunkFrom(place, 0));
      },
    };
  };

  it('commit nothing, and tell of no commit, when a punctuator makes nothing', async () => {
    let called = 0;
    let commits = 0;
    const { cluster } = await start(
      topologyOf((context) => {
        context.schedule(1, 'WALL_CLOCK_TIME', () => {
          called += 1;
          return [];
        });
        return () => undefined;
      }),
      { onCommit: () => (commits += 1) },
    );
    await until('it was called ten times', () => called >= 10, 5_000);
    expect(commits).toBe(0);
    expect(cluster.calls.filter((call) => call.startsWith('commit'))).toEqual([]);
  });

  it('tell of effects when the commit was answered, and never of one that failed', async () => {
    const told: string[] = [];
    const { cluster, come } = await start(
      topologyOf((context) => (value) => {
        context.afterCommit(() => told.push(`effect of ${String(value)}`));
      }),
    );
    let fails = true;
    cluster.beforeCommit = () => {
      told.push('commit');
      if (!fails) return;
      fails = false;
      throw new CommitFailedError('Nobody answered');
    };
    come(1);
    await until('the first commit has failed', () => told.length > 0, 5_000);
    await until(
      'the task is acquired again',
      () => cluster.calls.filter((call) => call.startsWith('init')).length > 1,
      5_000,
    );
    expect(told).toEqual(['commit']);
    await until('the task reads again', () => cluster.calls.filter((call) => call === 'resume in-0').length > 1, 5_000);
    cluster.consumerOptions!.listener.onFetched(cluster.chunkFrom({ topic: 'in', partition: 0 }, 0));
    await until('the effect is told', () => told.length >= 3, 5_000);
    expect(told).toEqual(['commit', 'commit', 'effect of 1']);
  });
});
