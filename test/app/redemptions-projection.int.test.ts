import { UUID } from 'mongodb';
import type { Counter } from 'prom-client';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { MongoConnection } from '../../src/adapters/mongo/index.ts';
import { createMetrics } from '../../src/app/metrics/metrics.ts';
import { redemptionsProjection } from '../../src/app/redemptions-projection.ts';
import { silentLogger } from '../../src/common/logger.ts';
import { type AuditEntry, outcomeKey, topics } from '../../src/contracts/index.ts';
import type { ServerHandle } from '../../src/ops/dev/server.ts';
import { TopologyTestDriver } from '../../src/streams/index.ts';
import { preparedDatabase } from '../support/mongo-database.ts';
import { redemptionSteps } from '../support/redemption-steps.ts';
import { redisConnection } from '../support/redis-connection.ts';
import { sharedServers, startPrivateServers } from '../support/servers.ts';
import { avroSerde } from '../topologies/serdes.ts';

const auditSerde = avroSerde('AuditEntry');

let connection: MongoConnection;
let redis: ServerHandle;
let url: string;

beforeAll(async () => {
  connection = await preparedDatabase(sharedServers().mongo, afterAll);
  const servers = await startPrivateServers(afterAll, { roles: ['redisState'], env: { POINTS_NO_DOCKER: '1' } });
  redis = servers.handles.redisState!;
  url = servers.addresses.redis.state;
});

const rig = async () => {
  const stateRedis = await redisConnection(url, onTestFinished, { commandTimeoutMs: 500 });
  const metrics = createMetrics();
  const topology = redemptionsProjection({ logger: silentLogger, metrics }, { connection, stateRedis, auditSerde });
  const driver = new TopologyTestDriver(topology, { now: 1_000 });
  const pipe = (...entries: readonly AuditEntry[]): Promise<void> =>
    driver.pipe(
      topics.audit.name,
      auditSerde,
      entries.map((value) => ({ key: value.merchant_id, value })),
    );
  const statusOf = async ({ merchant_id }: AuditEntry): Promise<unknown> =>
    (await connection.database.collection('reward_redemptions').findOne({ merchant_id: new UUID(merchant_id) }))?.[
      'status'
    ];
  const toldOf = async ({ merchant_id, redemption_id }: AuditEntry): Promise<unknown> => {
    const text = await stateRedis.client.get(outcomeKey(merchant_id, String(redemption_id)));
    return text === null ? null : (JSON.parse(text) as { readonly status: unknown }).status;
  };
  return { stateRedis, metrics, driver, pipe, statusOf, toldOf };
};

/** Series that something has happened to; the others are there from the start. */
const countedIn = async (counter: Counter) => (await counter.get()).values.filter(({ value }) => value > 0);

describe('the projection of redemptions, on MongoDB and Redis', () => {
  test('counts what it newly writes, and has a refused step in the dead letters', async () => {
    const { metrics, driver, pipe, statusOf, toldOf } = await rig();
    const { pending, completed } = redemptionSteps();
    const unfit = { ...redemptionSteps().pending, points: 0 };
    await pipe(pending, unfit, completed);
    await pipe(pending, completed);
    expect([await statusOf(completed), await toldOf(completed), await statusOf(unfit)]).toEqual([
      ...['completed', 'completed', undefined],
    ]);
    expect(await countedIn(metrics.redemptions)).toMatchObject([
      { labels: { status: 'pending' }, value: 1 },
      { labels: { status: 'completed' }, value: 1 },
    ]);
    const letters = driver.readBytes(topics.deadLetters.name);
    expect(letters.map(({ value }) => value)).toEqual([auditSerde.serialize(unfit)]);
    expect(letters[0]?.headers['__streams.errors.message']).toBe('Document is refused: points minimum');
  });

  test('goes on into MongoDB while Redis does not answer, and tells what it could not tell with what comes next', async () => {
    const { stateRedis, metrics, pipe, statusOf, toldOf } = await rig();
    const [one, two] = [redemptionSteps(), redemptionSteps()];
    await pipe(one.pending);
    redis.kill('SIGSTOP');
    onTestFinished(() => redis.kill('SIGCONT'));
    const since = performance.now();
    await pipe(one.completed);
    expect(performance.now() - since).toBeLessThan(3_000);
    expect(await statusOf(one.completed)).toBe('completed');
    expect(await countedIn(metrics.errors)).toMatchObject([{ labels: { error_type: 'NOT_TOLD' }, value: 1 }]);
    redis.kill('SIGCONT');
    await stateRedis.whenReady(10_000);
    await pipe(two.pending);
    expect([await toldOf(one.completed), await toldOf(two.pending)]).toEqual(['completed', 'pending']);
  });

  test('goes on into MongoDB where there is no Redis at all', async () => {
    const { metrics, pipe, statusOf } = await rig();
    redis.kill('SIGKILL');
    await redis.exited;
    onTestFinished(() => redis.restart());
    const all = Array.from({ length: 50 }, () => redemptionSteps());
    await pipe(...all.flatMap(({ pending, failed }) => [pending, failed]));
    for (const { failed } of all) expect(await statusOf(failed)).toBe('failed');
    expect(await countedIn(metrics.errors)).toMatchObject([{ labels: { error_type: 'NOT_TOLD' }, value: 100 }]);
  });
});
