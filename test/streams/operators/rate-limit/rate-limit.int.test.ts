import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ConsumedRecord } from '../../../../src/streams/ports.ts';
import { redisConnection } from '../../../support/redis-connection.ts';
import { sharedServers } from '../../../support/servers.ts';
import { until } from '../../../support/until.ts';
import { type KafkaRig, kafkaRig, record } from '../../kafka-rig.ts';
import { startWorker } from '../../workers.ts';

const script = join(import.meta.dirname, 'limited-worker.ts');
const ratePerSecond = 150;
const burst = 300;
/** What is granted may be committed a little later than other grants are, on a busy machine. */
const jitterMs = 2_000;

/** Two partitions, and an output that is dated by the broker: when a record was let through, by one clock. */
const limitedRig = async () => {
  const rig = await kafkaRig(onTestFinished, { partitions: 2 });
  const topics = { ...rig.topics, out: `${rig.id}-limited` };
  const config = { 'retention.ms': '-1', 'message.timestamp.type': 'LogAppendTime' };
  await rig.admin.createTopics([{ name: topics.out, partitions: 2, config }]);
  const redis = sharedServers().redis.state;
  return {
    rig: { ...rig, topics },
    start: () =>
      startWorker({ ...rig, topics }, onTestFinished, { script, redis, ratePerSecond, burst, maxBatchRecords: 1_000 }),
    /** Of buckets in Redis, those of this test. */
    buckets: async () => {
      const { client } = await redisConnection(redis, onTestFinished);
      return client.keys(`rate_limit:${rig.id}-*`);
    },
  };
};

const keyOf = (rig: KafkaRig, name: string): string => `${rig.id}-${name}`;

/** The numbers 0, 1, 2 … of each name, in turn. */
const send = async (rig: KafkaRig, partition: number, names: readonly string[], count: number): Promise<void> => {
  const all = Array.from({ length: count }, (_, number) =>
    names.map((name) => record(keyOf(rig, name), number, 1_000 + number)),
  ).flat();
  for (let at = 0; at < all.length; at += 500) await rig.send(rig.topics.in, partition, all.slice(at, at + 500));
};

/** What has been read and not let through yet; markers of transactions count as let through. */
const waitingIn = async (rig: KafkaRig): Promise<number> => {
  const read = await Promise.all([0, 1].map((partition) => rig.committed('limited', rig.topics.in, partition)));
  return read.reduce<number>((sum, offset) => sum + (offset ?? 0), 0) - (await countOf(rig));
};

const countOf = async ({ admin, topics }: KafkaRig): Promise<number> => {
  const ends = await Promise.all([0, 1].map((partition) => admin.offsets({ topic: topics.out, partition })));
  return ends.reduce((sum, { high }) => sum + high, 0);
};

const numberOf = ({ value }: ConsumedRecord): number => JSON.parse(String(value)) as number;

/** Every number once and in order, and in no stretch of time more than the bucket allows. */
const expectLimited = (records: readonly ConsumedRecord[], key: string, count: number): void => {
  const mine = records.filter((each) => each.key?.toString() === key);
  expect(mine.map(numberOf), key).toEqual(Array.from({ length: count }, (_, number) => number));
  for (const [last, { timestamp }] of mine.entries()) {
    for (const windowMs of [1_000, 5_000]) {
      const first = mine.findIndex((each) => each.timestamp > timestamp - windowMs);
      const allowed = burst + (ratePerSecond * (windowMs + jitterMs)) / 1_000;
      expect(last - first + 1, `${key} within ${String(windowMs)} ms`).toBeLessThanOrEqual(allowed);
    }
  }
  const tookMs = (mine.at(-1)?.timestamp ?? 0) - (mine[0]?.timestamp ?? 0);
  expect(tookMs).toBeGreaterThanOrEqual(((count - burst) / ratePerSecond) * 1_000 - jitterMs);
};

describe('thousands of deferred records', () => {
  it('outlive a kill -9: each goes on once, in order, at the permitted rate, and others do not wait', {
    timeout: 120_000,
  }, async () => {
    const { rig, start, buckets } = await limitedRig();
    const count = 2_500;
    const worker = await start();
    await Promise.all([send(rig, 0, ['hot'], count), send(rig, 1, ['warm'], count)]);
    await send(rig, 0, ['cold'], 50);
    await until('two thousand wait', async () => (await waitingIn(rig)) >= 2_000, 60_000);
    worker.kill('SIGKILL');
    expect(await worker.ended()).toBe('SIGKILL');
    worker.start();
    await until('the queues have drained', async () => (await everything(rig)).length >= 2 * count + 50, 60_000);
    worker.kill('SIGTERM');
    expect(await worker.ended()).toBe(0);

    const records = await everything(rig);
    expect(records).toHaveLength(2 * count + 50);
    expectLimited(records, keyOf(rig, 'hot'), count);
    expectLimited(records, keyOf(rig, 'warm'), count);
    // The cold key was sent behind all of the hot one's, and is through long before them.
    const cold = records.filter(({ key }) => key?.toString() === keyOf(rig, 'cold'));
    expect(cold.map(numberOf)).toEqual(Array.from({ length: 50 }, (_, number) => number));
    const hot = records.filter(({ key }) => key?.toString() === keyOf(rig, 'hot'));
    expect(cold.at(-1)!.timestamp).toBeLessThan(hot[count / 2]!.timestamp);
    expect(await buckets()).toHaveLength(3);
    expect(worker.lines.filter(({ what }) => what === 'fatal')).toEqual([]);
  });

  it('go with their partition to an instance that joins, and on when the first one dies', {
    timeout: 120_000,
  }, async () => {
    const { rig, start } = await limitedRig();
    const count = 2_500;
    const first = await start();
    await Promise.all([send(rig, 0, ['left'], count), send(rig, 1, ['right'], count)]);
    await until('two thousand wait', async () => (await waitingIn(rig)) >= 2_000, 60_000);
    const second = await start();
    const runsOne = (): boolean => ['0_0', '0_1'].some((taskId) => second.isRunning(taskId));
    await until('the second one has a partition', runsOne, 30_000);
    first.kill('SIGKILL');
    await until('the queues have drained', async () => (await everything(rig)).length >= 2 * count, 60_000);
    second.kill('SIGTERM');
    expect(await second.ended()).toBe(0);
    const records = await everything(rig);
    expect(records).toHaveLength(2 * count);
    for (const name of ['left', 'right']) expectLimited(records, keyOf(rig, name), count);
  });
});

const everything = async (rig: KafkaRig): Promise<readonly ConsumedRecord[]> =>
  (await Promise.all([0, 1].map((partition) => rig.read(rig.topics.out, partition)))).flat();
