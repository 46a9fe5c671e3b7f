import { randomUUID } from 'node:crypto';
import { type Document, UUID } from 'mongodb';
import { describe, expect, onTestFinished, test } from 'vitest';
import { kafkajsClientSupplier } from '../../src/adapters/kafka/index.ts';
import { createRegistry } from '../../src/adapters/registry/index.ts';
import { loadConfig, prepareProcess } from '../../src/app/index.ts';
import { createMetrics } from '../../src/app/metrics.ts';
import { redemptionsProjection } from '../../src/app/redemptions-projection.ts';
import { setUp } from '../../src/app/setup.ts';
import { silentLogger } from '../../src/common/logger.ts';
import { type AuditEntry, type Outcome, outcomeKey, topics } from '../../src/contracts/index.ts';
import { KafkaStreams } from '../../src/streams/index.ts';
import { auditEntry } from '../support/audit-entries.ts';
import { freshDatabase } from '../support/mongo-database.ts';
import { seededRandom } from '../support/random.ts';
import { redemptionSteps } from '../support/redemption-steps.ts';
import { redisConnection } from '../support/redis-connection.ts';
import { sharedServers, temporaryFolder } from '../support/servers.ts';
import { until } from '../support/until.ts';

const partitions = 4;
const topic = topics.audit.name;

/** A processor, a second projection that overlaps with it in everything, and a way to write the audit log for them. */
const rig = async () => {
  const { brokers, registry, mongo, redis } = sharedServers();
  const connection = await freshDatabase(mongo, onTestFinished);
  const applicationId = `redeem-${randomUUID().slice(0, 8)}`;
  const env = {
    ...{ KAFKA_BROKER: brokers.join(), SCHEMA_REGISTRY_URL: registry, POINTS_DB_HOST: mongo },
    ...{ REDIS_HOST: redis.cache, REDIS_STATE_HOST: redis.state },
    ...{ POINTS_DB_NAME: connection.database.databaseName, POINTS_APPLICATION_ID: applicationId },
    ...{ POINTS_HTTP_HOST: '127.0.0.1', POINTS_HTTP_PORT: '0', POINTS_STATE_DIR: await temporaryFolder('state') },
  };
  await setUp(loadConfig(env, ['setup']), silentLogger);
  const role = await prepareProcess('processor', env, () => silentLogger).start();
  onTestFinished(async () => {
    await role.lifecycle.stop('test');
  });
  await role.started;
  const page = async (path: string): Promise<string> =>
    (await fetch(`http://127.0.0.1:${String(role.httpPort)}/${path}`)).text();

  const clientSupplier = kafkajsClientSupplier({
    ...{ brokers, clientId: applicationId, logger: silentLogger, replicationFactor: 1 },
  });
  const auditSerde = await createRegistry({ url: registry }).serde(topic, 'AuditEntry');
  const stateRedis = await redisConnection(redis.state, onTestFinished, { commandTimeoutMs: 2_000 });

  /** Another group: it reads all that the processor reads, in its own time. */
  const project = async (groupOf: string) => {
    const metrics = createMetrics();
    const topology = redemptionsProjection({ logger: silentLogger, metrics }, { connection, stateRedis, auditSerde });
    const stateDir = await temporaryFolder('state');
    const streams = new KafkaStreams(topology, {
      ...{ applicationId: groupOf, clientSupplier, stateDir, logger: silentLogger, idleCommitMs: 50 },
      processingGuarantee: 'at_least_once',
    });
    onTestFinished(() => streams.close());
    await streams.start();
    return { metrics: () => metrics.registry.metrics(), close: () => streams.close() };
  };

  const admin = clientSupplier.admin();
  await admin.connect();
  onTestFinished(() => admin.close());
  const caughtUp = (groupOf: string): Promise<void> =>
    until(
      `${groupOf} has read all`,
      async () => {
        for (let partition = 0; partition < partitions; partition += 1) {
          const { low, high } = await admin.offsets({ topic, partition });
          const committed = await admin.committedOffset(`${groupOf}-redemptions`, { topic, partition });
          if (Math.max(committed?.offset ?? 0, low) < high) return false;
        }
        return true;
      },
      60_000,
    );

  const producer = clientSupplier.producer();
  await producer.connect();
  onTestFinished(() => producer.close());
  const writeTo = (partition: number, entries: readonly AuditEntry[]): Promise<void> =>
    producer.send({
      ...{ topic, partition },
      records: entries.map((entry) => ({
        ...{ key: Buffer.from(entry.merchant_id), value: auditSerde.serialize(entry) },
        ...{ timestamp: Date.now(), headers: {} },
      })),
    });
  const write = async (entries: readonly AuditEntry[]): Promise<void> => {
    const partitionOf = ({ merchant_id }: AuditEntry) =>
      clientSupplier.partitionOf(Buffer.from(merchant_id), partitions);
    for (const [partition, those] of Map.groupBy(entries, partitionOf)) await writeTo(partition, those);
  };
  // Behind the markers of other tests' transactions there is no record to commit the offset of.
  for (let partition = 0; partition < partitions; partition += 1) {
    await writeTo(partition, [auditEntry({ kind: 'action', event_type: 'points.replay', actor: 'test' })]);
  }

  /** All that is told of a merchant's requests, by event. */
  const listen = async (merchantId: string) => {
    const { client } = await redisConnection(redis.state, onTestFinished);
    const heard = new Map<string, Outcome[]>();
    client.on('pmessage', (_pattern: string, channel: string, message: string) => {
      heard.set(channel, [...(heard.get(channel) ?? []), JSON.parse(message) as Outcome]);
    });
    await client.psubscribe(outcomeKey(merchantId, '*'));
    return (step: AuditEntry): readonly Outcome[] =>
      heard.get(outcomeKey(step.merchant_id, step.redemption_id ?? step.event_id)) ?? [];
  };
  const kept = async (step: AuditEntry): Promise<Outcome | null> =>
    JSON.parse(
      (await stateRedis.client.get(outcomeKey(step.merchant_id, step.redemption_id ?? step.event_id))) ?? 'null',
    ) as Outcome | null;

  const documents = (merchantId: string): Promise<readonly Document[]> =>
    connection.database
      .collection('reward_redemptions')
      .find({ merchant_id: new UUID(merchantId) })
      .sort({ idempotency_token: 1 })
      .toArray();
  return { applicationId, page, project, caughtUp, write, listen, kept, documents };
};

const redemptionsIn = (text: string): Readonly<Record<string, number>> =>
  Object.fromEntries(
    [...text.matchAll(/^points_redemptions_total\{status="(\w+)"\} (\d+)$/gm)].map(([, status, count]) => [
      String(status),
      Number(count),
    ]),
  );

const sumOf =
  (...counts: readonly Readonly<Record<string, number>>[]) =>
  (status: string) =>
    counts.reduce((sum, each) => sum + (each[status] ?? 0), 0);

describe('redemptions, projected by two that overlap', () => {
  test('end as they ended, once, in documents, on the board, to who listens and in the metrics', async () => {
    const { applicationId, page, project, caughtUp, write, listen, kept, documents } = await rig();
    const other = `${applicationId}-other`;
    const second = await project(other);
    await Promise.all([caughtUp(applicationId), caughtUp(other)]);
    const counted = async () => sumOf(redemptionsIn(await page('metrics')), redemptionsIn(await second.metrics()));
    const before = await counted();

    // One merchant's log comes in order, and then again as a whole; the other's comes in no order, and twice.
    const [orderly, wild] = [randomUUID(), randomUUID()];
    const random = seededRandom(7);
    const shuffle = <T>(items: readonly T[]): readonly T[] =>
      items
        .map((item) => ({ item, at: random.next() }))
        .sort((one, other) => one.at - other.at)
        .map(({ item }) => item);
    const make = (merchant_id: string) =>
      Array.from({ length: 120 }, (_, index) => {
        const steps = redemptionSteps({ merchant_id });
        return { ...steps, end: index % 3 === 0 ? steps.failed : steps.completed };
      });
    const [inOrder, shuffled] = [make(orderly), make(wild)];
    const spend = auditEntry({ merchant_id: orderly, event_type: 'pos.transaction', idempotency_token: randomUUID() });
    const refused = { ...spend, event_id: randomUUID(), kind: 'refusal', reason: 'INSUFFICIENT_POINTS' } as const;
    const [toldOrderly, toldWild] = [await listen(orderly), await listen(wild)];

    const log = [...inOrder.map(({ pending }) => pending), ...inOrder.map(({ end }) => end), spend, refused];
    const mess = shuffled.flatMap(({ pending, end }) => [pending, end, pending, end]);
    await write(log);
    await write(shuffle(mess));
    await Promise.all([caughtUp(applicationId), caughtUp(other)]);
    await write(log);
    await write(shuffle(mess));
    await Promise.all([caughtUp(applicationId), caughtUp(other)]);

    for (const [merchantId, all, told] of [
      [orderly, inOrder, toldOrderly],
      [wild, shuffled, toldWild],
    ] as const) {
      const held = await documents(merchantId);
      expect(new Map(held.map(({ idempotency_token, status }) => [idempotency_token.toString(), status]))).toEqual(
        new Map(all.map(({ end }) => [end.idempotency_token, end.status])),
      );
      expect(held).toHaveLength(120);
      for (const { end } of all) {
        expect(await kept(end)).toMatchObject({ event_id: end.redemption_id, status: end.status, reason: end.reason });
        await until('its end is heard', () => told(end).length > 0 && told(end).at(-1)?.status !== 'pending', 5_000);
        const heard = told(end).map(({ status }) => status);
        expect([[end.status], ['pending', end.status]]).toContainEqual(heard);
      }
    }
    for (const { end } of inOrder)
      expect(toldOrderly(end).map(({ status }) => status)).toEqual(['pending', end.status]);
    for (const told of [spend, refused]) {
      expect(toldOrderly(told)).toMatchObject([{ event_id: told.event_id, kind: told.kind, reason: told.reason }]);
      expect(await kept(told)).toEqual(toldOrderly(told)[0]);
    }

    const after = await counted();
    expect([after('completed') - before('completed'), after('failed') - before('failed')]).toEqual([160, 80]);
    // Of what ends before it was asked for, no request is counted any more.
    const requests = after('pending') - before('pending');
    expect(requests).toBeGreaterThanOrEqual(120);
    expect(requests).toBeLessThanOrEqual(240);
    expect(await page('ready')).toContain('streams redemptions');
    expect(await page('metrics')).not.toContain(orderly);

    // A third begins with the first record there is, and finds everything done.
    await second.close();
    const once = await documents(orderly);
    const third = await project(`${applicationId}-third`);
    await caughtUp(`${applicationId}-third`);
    expect(await documents(orderly)).toEqual(once);
    expect(redemptionsIn(await third.metrics())).toEqual({});
  }, 180_000);
});
