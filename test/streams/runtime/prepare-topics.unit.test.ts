import { describe, expect, it } from 'vitest';
import { Consumed, jsonSerde, processBatch, Produced, StreamsBuilder } from '../../../src/streams/index.ts';
import { exactOptions } from '../../../src/streams/runtime/options.ts';
import { prepareTopics } from '../../../src/streams/runtime/prepare-topics.ts';
import { FakeCluster } from '../fakes.ts';

const day = 86_400_000;
const serde = jsonSerde<number>();
const stores = [
  { name: 'accounts', valueSerde: serde },
  { name: 'seen', valueSerde: serde, expiry: { expiresAt: (value: number) => value, retentionMs: day } },
];

const prepare = async (counts: Readonly<Record<string, number>>, replicationFactor = 1): Promise<FakeCluster> => {
  const cluster = new FakeCluster();
  for (const [topic, partitions] of Object.entries(counts)) cluster.topics.set(topic, partitions);
  const builder = new StreamsBuilder('points').deadLettersTo('dlq');
  builder
    .stream<string, number>(['in', 'replay'], Consumed.with(serde))
    .pipe(processBatch('count', { stores, create: () => (records) => Promise.resolve(records) }))
    .to('out', { ...Produced.with(serde), partitioning: 'task' });
  const topology = builder.build();
  const options = { applicationId: 'app', clientSupplier: cluster, stateDir: '/nowhere', replicationFactor };
  await prepareTopics(topology, exactOptions(options, true), cluster.admin());
  return cluster;
};

describe('preparing the topics', () => {
  it('makes a compacted changelog for each store, and one that also ages where entries expire', async () => {
    const cluster = await prepare({ in: 4, replay: 4, out: 4, dlq: 4 });
    expect(cluster.created).toEqual([
      {
        name: 'app-points-accounts-changelog',
        partitions: 4,
        config: { 'cleanup.policy': 'compact', 'min.insync.replicas': '1' },
      },
      {
        name: 'app-points-seen-changelog',
        partitions: 4,
        config: {
          'cleanup.policy': 'compact,delete',
          'retention.ms': String(2 * day),
          'message.timestamp.type': 'LogAppendTime',
          'min.insync.replicas': '1',
        },
      },
    ]);
  });

  it('wants two replicas in sync where there are three', async () => {
    const cluster = await prepare({ in: 4, replay: 4, out: 4, dlq: 4 }, 3);
    expect(cluster.created.map(({ config }) => config['min.insync.replicas'])).toEqual(['2', '2']);
  });

  it('names every topic that is missing', async () => {
    await expect(prepare({ in: 4, out: 4 })).rejects.toThrow(
      'Topology points is not valid: topic replay does not exist; topic dlq does not exist',
    );
  });

  it('names the partitions of each where they differ, of what is written under the task number too', async () => {
    await expect(prepare({ in: 4, replay: 4, out: 1, dlq: 4 })).rejects.toThrow(
      'its topics are not co-partitioned: in has 4, replay has 4, out has 1 partitions',
    );
  });

  it('takes dead letters in any number of partitions', async () => {
    await expect(prepare({ in: 4, replay: 4, out: 4, dlq: 1 })).resolves.toBeDefined();
  });

  it('names a changelog of an earlier run that does not fit, and makes none', async () => {
    const counts = { in: 8, replay: 8, out: 8, dlq: 8, 'app-points-accounts-changelog': 4 };
    await expect(prepare(counts)).rejects.toThrow(
      "internal topic app-points-accounts-changelog has 4 partitions, its topology's topics have 8",
    );
  });

  it('takes the changelogs of an earlier run as they are', async () => {
    const counts = { in: 4, replay: 4, out: 4, dlq: 4, 'app-points-accounts-changelog': 4 };
    expect((await prepare(counts)).created.map(({ name }) => name)).toEqual(['app-points-seen-changelog']);
  });
});
