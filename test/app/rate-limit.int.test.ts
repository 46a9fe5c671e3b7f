import { randomUUID } from 'node:crypto';
import { UUID } from 'mongodb';
import { describe, expect, onTestFinished, test } from 'vitest';
import { kafkajsClientSupplier } from '../../src/adapters/kafka/index.ts';
import { seedMerchants } from '../../src/adapters/mongo/index.ts';
import { createRegistry } from '../../src/adapters/registry/index.ts';
import { loadConfig, prepareProcess } from '../../src/app/index.ts';
import { setUp } from '../../src/app/setup.ts';
import { systemClock } from '../../src/common/clock.ts';
import { silentLogger } from '../../src/common/logger.ts';
import { freshDatabase } from '../support/mongo-database.ts';
import { redisConnection } from '../support/redis-connection.ts';
import { sharedServers, temporaryFolder } from '../support/servers.ts';
import { until } from '../support/until.ts';
import { orderOf } from '../adapters/registry/schema-versions.ts';
import { usualTerms } from '../../src/domain/index.ts';

const rateLimitPerSecond = 5;
const orders = 30;

describe('the processor, for a merchant with more orders than its rate limit allows', () => {
  test('applies all of them in order and once, tells of it in its metrics, and in Redis where the merchant stands', async () => {
    const { brokers, registry, mongo, redis } = sharedServers();
    const connection = await freshDatabase(mongo, onTestFinished);
    const applicationId = `limited-${randomUUID().slice(0, 8)}`;
    const env = {
      ...{ KAFKA_BROKER: brokers.join(), SCHEMA_REGISTRY_URL: registry, POINTS_DB_HOST: mongo },
      ...{ REDIS_HOST: redis.cache, REDIS_STATE_HOST: redis.state },
      ...{ POINTS_DB_NAME: connection.database.databaseName, POINTS_APPLICATION_ID: applicationId },
      ...{ POINTS_HTTP_HOST: '127.0.0.1', POINTS_HTTP_PORT: '0', POINTS_STATE_DIR: await temporaryFolder('state') },
    };
    await setUp(loadConfig(env, ['setup']), silentLogger);
    const merchantId = randomUUID();
    const merchant = { merchantId, shopDomain: `${merchantId}.myshopify.com`, webhookSecrets: ['s'], currency: 'USD' };
    const terms = { ...usualTerms, earningRule: { points: 1, perMinorUnits: 100 } };
    await seedMerchants(connection, [{ ...merchant, ...terms, rateLimitPerSecond }], systemClock);

    const role = await prepareProcess('processor', env, () => silentLogger).start();
    onTestFinished(async () => {
      await role.lifecycle.stop('test');
    });
    await role.started;
    const scrape = async (): Promise<string> =>
      (await fetch(`http://127.0.0.1:${String(role.httpPort)}/metrics`)).text();
    const metric = async (name: string): Promise<number> =>
      (await scrape())
        .split('\n')
        .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
        .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);

    const serde = await createRegistry({ url: registry }).serde('points.ingest', 'IngestCommand');
    const clientId = applicationId;
    const supplier = kafkajsClientSupplier({ brokers, clientId, logger: silentLogger, replicationFactor: 1 });
    const producer = supplier.producer();
    await producer.connect();
    onTestFinished(() => producer.close());
    const customerId = randomUUID();
    const commands = Array.from({ length: orders }, (_, index) => ({
      ...orderOf(randomUUID(), 100, { order_id: String(index + 1) }),
      ...{ event_id: randomUUID(), merchant_id: merchantId, customer_id: customerId, correlation_id: randomUUID() },
    }));
    await producer.send({
      ...{ topic: 'points.ingest', partition: supplier.partitionOf(Buffer.from(merchantId), 4) },
      records: commands.map((command) => ({
        ...{ key: Buffer.from(merchantId), value: serde.serialize(command), timestamp: Date.now(), headers: {} },
      })),
    });

    await until('records wait', async () => (await metric('points_rate_limit_deferred')) > 0, 30_000);
    const { client } = await redisConnection(redis.state, onTestFinished);
    expect(await client.hgetall(`rate_limit:${merchantId}:points`)).toMatchObject({
      ...{ rate_per_second: String(rateLimitPerSecond), burst: String(rateLimitPerSecond) },
    });

    const entries = connection.database.collection<{ event_id: UUID; sequence: number }>('points_transactions');
    const filter = { merchant_id: new UUID(merchantId) };
    await until('the ledger has all', async () => (await entries.countDocuments(filter)) >= orders, 30_000);
    const applied = await entries.find(filter).sort({ sequence: 1 }).toArray();
    expect(applied.map(({ event_id }) => String(event_id))).toEqual(commands.map(({ event_id }) => event_id));
    expect(applied.map(({ sequence }) => sequence)).toEqual(commands.map((_, index) => index + 1));
    expect(await metric('points_rate_limit_exceeded_total')).toBeGreaterThanOrEqual(1);
    expect(await metric('points_rate_limit_deferred_total')).toBeGreaterThanOrEqual(orders - 2 * rateLimitPerSecond);
    await until('nothing waits any more', async () => (await metric('points_rate_limit_deferred')) === 0, 5_000);
    expect(await scrape()).not.toContain(merchantId);
  }, 120_000);
});
