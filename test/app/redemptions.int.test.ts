import { randomUUID } from 'node:crypto';
import { type Document, UUID } from 'mongodb';
import { describe, expect, onTestFinished, test } from 'vitest';
import { kafkajsClientSupplier } from '../../src/adapters/kafka/index.ts';
import { seedMerchants } from '../../src/adapters/mongo/index.ts';
import { createRegistry } from '../../src/adapters/registry/index.ts';
import { loadConfig, prepareProcess } from '../../src/app/index.ts';
import { createMetrics } from '../../src/app/metrics/metrics.ts';
import { redemptionsProjection } from '../../src/app/redemptions-projection.ts';
import { setUp } from '../../src/app/setup.ts';
import { systemClock } from '../../src/common/clock.ts';
import { silentLogger } from '../../src/common/logger.ts';
import { type AuditEntry, type IngestCommand, type Outcome, outcomeKey, topics } from '../../src/contracts/index.ts';
import { tokenEventId, usualTerms } from '../../src/domain/index.ts';
import { KafkaStreams } from '../../src/streams/index.ts';
import { auditEntry } from '../support/audit-entries.ts';
import { freshDatabase } from '../support/mongo-database.ts';
import { seededRandom } from '../support/random.ts';
import { redemptionSteps } from '../support/redemption-steps.ts';
import { redisConnection } from '../support/redis-connection.ts';
import { sharedServers, temporaryFolder } from '../support/servers.ts';
import { until } from '../support/until.ts';
import { atTill, redemption, rewardOf, settled } from '../topologies/points-commands.ts';

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
  const keptUnder = async (merchantId: string, eventId: string): Promise<Outcome | null> =>
    JSON.parse((await stateRedis.client.get(outcomeKey(merchantId, eventId))) ?? 'null') as Outcome | null;
  const kept = ({ merchant_id, redemption_id, event_id }: AuditEntry): Promise<Outcome | null> =>
    keptUnder(merchant_id, redemption_id ?? event_id);

  const documents = (merchantId: string): Promise<readonly Document[]> =>
    connection.database
      .collection('reward_redemptions')
      .find({ merchant_id: new UUID(merchantId) })
      .sort({ idempotency_token: 1 })
      .toArray();
  const ledger = (merchantId: string): Promise<readonly Document[]> =>
    connection.database
      .collection('points_transactions')
      .find({ merchant_id: new UUID(merchantId) })
      .sort({ sequence: 1 })
      .toArray();

  const ingestSerde = await createRegistry({ url: registry }).serde(topics.ingest.name, 'IngestCommand');
  /** Sends commands of one merchant, as the front door does. */
  const ingest = async (commands: readonly IngestCommand[]): Promise<void> => {
    const key = Buffer.from(commands[0]?.merchant_id ?? '');
    await producer.send({
      ...{ topic: topics.ingest.name, partition: clientSupplier.partitionOf(key, partitions) },
      records: commands.map((command) => ({
        ...{ key, value: ingestSerde.serialize(command), timestamp: Date.now(), headers: {} },
      })),
    });
  };
  const seed = async (): Promise<string> => {
    const merchantId = randomUUID();
    const shop = { merchantId, shopDomain: `${merchantId}.myshopify.com`, webhookSecrets: ['s'], currency: 'USD' };
    const terms = { ...usualTerms, earningRule: { points: 1, perMinorUnits: 100 } };
    await seedMerchants(connection, [{ ...shop, ...terms }], systemClock);
    return merchantId;
  };
  return { applicationId, page, project, caughtUp, write, listen, kept, keptUnder, documents, ledger, ingest, seed };
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
    expect(redemptionsIn(await third.metrics())).toEqual({ pending: 0, completed: 0, failed: 0 });
  }, 180_000);
});

describe('a processor that decides redemptions and tills', () => {
  test('tells each caller its outcome, and has redemptions and entries of their own in MongoDB', async () => {
    const { keptUnder, documents, ledger, ingest, seed } = await rig();
    const [merchant, customer] = [await seed(), randomUUID()];
    const common = { merchant, customer, occurredAt: Date.now() };
    const [sale, spend, first, second, third] = Array.from({ length: 5 }, () => randomUUID());
    const outcome = (token = '') => keptUnder(merchant, tokenEventId(merchant, token));
    const settledAs = (token: string | undefined, status: string) => async () =>
      (await outcome(token))?.status === status;
    const redeem = (token = '', reward = '', points = 40) => redemption({ ...common, token, reward, points });
    const answer = (token: string | undefined, end: 'completed' | 'failed') =>
      settled({ ...common, token: token ?? '', outcome: end, task: randomUUID() });

    await ingest([
      atTill({ ...common, type: 'earn', points: 100, token: sale ?? '' }),
      atTill({ ...common, type: 'spend', points: 500, token: spend ?? '' }),
      redeem(first, rewardOf(1)),
      redeem(second, rewardOf(2)),
      redeem(third, rewardOf(2)),
    ]);
    await until('the last request is refused', settledAs(third, 'failed'), 30_000);
    expect(await outcome(sale)).toMatchObject({ kind: 'ledger', points: 100, balance_after: 100 });
    expect(await outcome(spend)).toMatchObject({ kind: 'refusal', points: 500, reason: 'INSUFFICIENT_POINTS' });
    expect(await outcome(first)).toMatchObject({ kind: 'redemption', status: 'pending', points: 40 });
    expect(await outcome(third)).toMatchObject({ status: 'failed', reason: 'REWARD_ALREADY_REDEEMED' });

    await ingest([answer(first, 'completed'), answer(second, 'failed')]);
    await until('it is completed', settledAs(first, 'completed'), 30_000);
    await until('it is failed', settledAs(second, 'failed'), 30_000);
    expect(await outcome(second)).toMatchObject({ reason: 'TASK_FAILED', balance_after: 60 });
    // The reward is free again.
    const again = randomUUID();
    await ingest([redeem(again, rewardOf(2))]);
    await until('it is redeemed again', settledAs(again, 'pending'), 30_000);

    const status = async () =>
      Object.fromEntries(
        (await documents(merchant)).map(({ idempotency_token, status, reason }) => [
          idempotency_token.toString(),
          [status, reason ?? null],
        ]),
      );
    await until('MongoDB has them', async () => Object.keys(await status()).length === 4, 30_000);
    expect(await status()).toEqual({
      [String(first)]: ['completed', null],
      [String(second)]: ['failed', 'TASK_FAILED'],
      [String(third)]: ['failed', 'REWARD_ALREADY_REDEEMED'],
      [again]: ['pending', null],
    });
    await until('the ledger has all', async () => (await ledger(merchant)).length === 6, 30_000);
    const returned = tokenEventId(merchant, String(second));
    expect(
      (await ledger(merchant)).map(({ event_type, type, points, balance_after, redemption_id }) =>
        [event_type, type, points, balance_after, redemption_id?.toString() === returned].join(' '),
      ),
    ).toEqual([
      'pos.transaction earn 100 100 false',
      'pos.transaction spend 0 100 false',
      'reward.redemption spend 40 60 false',
      'reward.redemption spend 40 20 true',
      'redemption.returned earn 40 60 true',
      'reward.redemption spend 40 20 false',
    ]);
  }, 120_000);
});
