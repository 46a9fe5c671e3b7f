import { randomUUID } from 'node:crypto';
import { UUID } from 'mongodb';
import { describe, expect, onTestFinished, test } from 'vitest';
import { kafkajsClientSupplier } from '../../src/adapters/kafka/index.ts';
import { createRegistry } from '../../src/adapters/registry/index.ts';
import { seedMerchants } from '../../src/adapters/mongo/index.ts';
import { loadConfig, prepareProcess } from '../../src/app/index.ts';
import { setUp } from '../../src/app/setup.ts';
import { systemClock } from '../../src/common/clock.ts';
import { silentLogger } from '../../src/common/logger.ts';
import { freshDatabase } from '../support/mongo-database.ts';
import { startPrivateServers, temporaryFolder } from '../support/servers.ts';
import { tcpDoor } from '../support/tcp-door.ts';
import { until } from '../support/until.ts';
import { orderOf } from '../adapters/registry/schema-versions.ts';
import { usualTerms } from '../../src/domain/index.ts';

describe('a processor whose registry is away', () => {
  test('lives, says so and waits; it works once the registry is there, and goes on when it leaves again', async () => {
    // Servers of its own: what others have left in shared topics has schemas that could not be fetched without the registry.
    const { brokers, registry, mongo, redis } = (await startPrivateServers(onTestFinished)).addresses;
    const connection = await freshDatabase(mongo, onTestFinished);
    const own = new URL(registry);
    const door = await tcpDoor(Number(own.port), onTestFinished);
    const applicationId = `away-${randomUUID().slice(0, 8)}`;
    const env = {
      ...{
        KAFKA_BROKER: brokers.join(),
        POINTS_DB_HOST: mongo,
        REDIS_HOST: redis.cache,
        REDIS_STATE_HOST: redis.state,
      },
      SCHEMA_REGISTRY_URL: `http://127.0.0.1:${String(door.port)}${own.pathname}`,
      ...{ POINTS_DB_NAME: connection.database.databaseName, POINTS_APPLICATION_ID: applicationId },
      ...{ POINTS_HTTP_HOST: '127.0.0.1', POINTS_HTTP_PORT: '0', POINTS_STATE_DIR: await temporaryFolder('state') },
    };
    await setUp(loadConfig(env, ['setup']), silentLogger);
    const merchantId = randomUUID();
    const merchant = { merchantId, shopDomain: `${merchantId}.myshopify.com`, webhookSecrets: ['s'], currency: 'USD' };
    await seedMerchants(
      connection,
      [
        {
          ...merchant,
          ...usualTerms,
          earningRule: { points: 1, perMinorUnits: 100 },
        },
      ],
      systemClock,
    );

    await door.close();
    const role = await prepareProcess('processor', env, () => silentLogger).start();
    onTestFinished(async () => {
      await role.lifecycle.stop('test');
    });
    const page = (path: string) => fetch(`http://127.0.0.1:${String(role.httpPort)}${path}`);
    const missing = async () => ((await (await page('/ready')).json()) as { missing: string[] }).missing;
    await until('it waits for the registry', async () => (await missing()).includes('schema registry'), 20_000);
    expect((await page('/ready')).status).toBe(503);
    expect((await page('/health')).status).toBe(200);

    await door.open();
    await role.started;
    await until('it is ready', async () => (await page('/ready')).status === 200, 60_000);

    await door.close();
    await until('it says what is missing', async () => (await missing()).join() === 'schema registry', 20_000);
    expect((await page('/health')).status).toBe(200);
    // What is written with known schemas goes all the way, also now.
    const serde = await createRegistry({ url: registry }).serde('points.ingest', 'IngestCommand');
    const supplier = kafkajsClientSupplier({
      brokers,
      clientId: applicationId,
      logger: silentLogger,
      replicationFactor: 1,
    });
    const producer = supplier.producer();
    await producer.connect();
    onTestFinished(() => producer.close());
    const command = { ...orderOf(randomUUID(), 500), event_id: randomUUID(), merchant_id: merchantId };
    const value = serde.serialize({ ...command, correlation_id: randomUUID() });
    const key = Buffer.from(merchantId);
    await producer.send({
      ...{ topic: 'points.ingest', partition: 0 },
      records: [{ key, value, timestamp: Date.now(), headers: {} }],
    });
    const entries = connection.database.collection('points_transactions');
    const found = () => entries.findOne({ merchant_id: new UUID(merchantId) });
    await until('the ledger has it', async () => (await found()) !== null, 20_000);
    expect(await found()).toMatchObject({ points: 5, balance_after: 5, sequence: 1 });
  }, 120_000);
});
