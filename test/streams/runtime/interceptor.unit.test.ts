import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  CommitFailedError,
  Consumed,
  type ConsumedBatch,
  jsonSerde,
  KafkaStreams,
  perRecord,
  Produced,
  StreamsBuilder,
  type StreamsInterceptor,
  withValue,
} from '../../../src/streams/index.ts';
import { FakeCluster } from '../fakes.ts';
import { BadError, recordingLogger } from '../harness.ts';

const serde = jsonSerde<number>();

/** Doubles what comes, and has no rule for 13. */
const doubling = () => {
  const builder = new StreamsBuilder('doubling').deadLettersTo('dlq');
  builder
    .stream<string, number>('in', Consumed.with(serde))
    .pipe(
      perRecord<string, number, string, number>('double', (record) => {
        if (record.value === 13) throw new BadError('No rule');
        return [withValue(record, record.value * 2)];
      }),
    )
    .to('out', { ...Produced.with(serde), partitioning: 'task' });
  return builder.build();
};

/** Marks the header of each record it sees, and keeps what it is told. */
const recordingInterceptor = () => {
  const told: string[] = [];
  const batches: ConsumedBatch[] = [];
  let isWithin = false;
  const interceptor: StreamsInterceptor = {
    onConsume: (batch) => {
      if (batch.records.length === 0) return undefined;
      batches.push(batch);
      told.push(`consume ${String(batch.records.length)}`);
      return {
        records: batch.records.map((record) => ({ ...record, headers: { ...record.headers, mark: 'seen' } })),
        run: async (work) => {
          isWithin = true;
          return work().finally(() => {
            isWithin = false;
          });
        },
        onCommit: (failures) => told.push(`commit, ${String(failures.length)} failed`),
        onAbandon: (error) => told.push(`abandon: ${error instanceof Error ? error.name : String(error)}`),
      };
    },
  };
  return { interceptor, told, batches, isWithin: () => isWithin };
};

const rig = async (interceptor?: StreamsInterceptor) => {
  const stateDir = await mkdtemp(join(tmpdir(), 'points-streams-'));
  const cluster = new FakeCluster();
  for (const topic of ['in', 'out', 'dlq']) cluster.topics.set(topic, 1);
  const streams = new KafkaStreams(doubling(), {
    ...{ applicationId: 'app', clientSupplier: cluster, stateDir, logger: recordingLogger(), idleCommitMs: 5 },
    ...(interceptor && { interceptor }),
  });
  onTestFinished(async () => {
    await streams.close().catch(() => undefined);
    await rm(stateDir, { recursive: true, force: true });
  });
  await streams.start();
  cluster.assign([{ topic: 'in', partition: 0 }]);
  await vi.waitFor(() => {
    expect(streams.status().tasks[0]?.state).toBe('RUNNING');
  });
  const records = (values: readonly number[]) =>
    values.map((value) => ({
      ...{ key: Buffer.from('k'), value: serde.serialize(value), timestamp: 1_000, headers: { own: 'kept' } },
    }));
  const come = (values: readonly number[]) => {
    cluster.append({ topic: 'in', partition: 0 }, records(values));
    cluster.consumerOptions!.listener.onFetched(cluster.chunkFrom({ topic: 'in', partition: 0 }, 0));
  };
  const log = (topic: string) => cluster.log({ topic, partition: 0 }).records;
  return { cluster, come, log };
};

const eventually = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 5_000, interval: 5 });

describe('an interceptor', () => {
  it('sees a micro-batch come and be committed, and what it puts into headers travels on', async () => {
    const { interceptor, told, batches, isWithin } = recordingInterceptor();
    const { cluster, come, log } = await rig(interceptor);
    const withinAtCommit: boolean[] = [];
    cluster.beforeCommit = () => {
      withinAtCommit.push(isWithin());
    };
    come([1, 2]);
    await eventually(() => {
      expect(told).toEqual(['consume 2', 'commit, 0 failed']);
    });
    expect(withinAtCommit).toEqual([true]);
    expect(batches).toMatchObject([{ topology: 'doubling', taskId: '0_0' }]);
    expect(log('out').map(({ value, headers }) => [String(value), headers])).toEqual([
      ['2', { own: 'kept', mark: 'seen' }],
      ['4', { own: 'kept', mark: 'seen' }],
    ]);
  });

  it('is told of records that were left out, whose dead letters carry its headers too', async () => {
    const { interceptor, told } = recordingInterceptor();
    const { come, log } = await rig(interceptor);
    come([1, 13]);
    await eventually(() => {
      expect(told).toEqual(['consume 2', 'commit, 1 failed']);
    });
    expect(log('out').map(({ value }) => String(value))).toEqual(['2']);
    expect(log('dlq')).toMatchObject([{ value: Buffer.from('13'), headers: { own: 'kept', mark: 'seen' } }]);
  });

  it('is told that a batch was abandoned whose commit failed, and sees its records again', async () => {
    const { interceptor, told } = recordingInterceptor();
    const { cluster, come, log } = await rig(interceptor);
    cluster.beforeCommit = () => {
      cluster.beforeCommit = () => undefined;
      throw new CommitFailedError('The answer was lost');
    };
    come([5]);
    await eventually(() => {
      expect(told[1]).toBe('abandon: CommitFailedError');
      cluster.consumerOptions!.listener.onFetched(cluster.chunkFrom({ topic: 'in', partition: 0 }, 0));
      expect(told.slice(2)).toEqual(['consume 1', 'commit, 0 failed']);
    });
    expect(log('out').map(({ value }) => String(value))).toEqual(['10']);
  });

  it('is not needed', async () => {
    const { come, log } = await rig();
    come([4]);
    await eventually(() => {
      expect(log('out')).toMatchObject([{ value: Buffer.from('8'), headers: { own: 'kept' } }]);
    });
  });
});
