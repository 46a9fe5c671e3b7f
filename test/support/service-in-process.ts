import { randomUUID } from 'node:crypto';
import { type Document, UUID } from 'mongodb';
import { onTestFinished } from 'vitest';
import { kafkajsClientSupplier } from '../../src/adapters/kafka/index.ts';
import { type MongoConnection, seedMerchants } from '../../src/adapters/mongo/index.ts';
import { createRegistry } from '../../src/adapters/registry/index.ts';
import { loadConfig, prepareProcess, type RunningRoles } from '../../src/app/index.ts';
import { setUp } from '../../src/app/setup.ts';
import { systemClock } from '../../src/common/clock.ts';
import { type Logger, silentLogger } from '../../src/common/logger.ts';
import type { AuditEntry } from '../../src/contracts/index.ts';
import { usualTerms } from '../../src/domain/index.ts';
import { signatureOf } from '../../src/ops/dev/webhook.ts';
import { freshDatabase } from './mongo-database.ts';
import { redisConnection } from './redis-connection.ts';
import { sharedServers, temporaryFolder } from './servers.ts';

export interface ServiceOptions {
  /** Beside the settings that every such service has. */
  readonly env?: Readonly<Record<string, string>>;
  readonly logger?: Logger;
  readonly customerValidation?: 'off' | 'core';
  /** By default the end of the test. */
  readonly onEnd?: (cleanUp: () => Promise<void>) => unknown;
}

export interface ServiceInProcess {
  /** Its settings: another role beside it has the same. */
  readonly env: Readonly<Record<string, string>>;
  readonly role: RunningRoles;
  readonly connection: MongoConnection;
  readonly merchantId: string;
  readonly shopDomain: string;
  /** Delivers a body as the merchant's shop does. @returns the status of the answer */
  readonly post: (
    topic: string,
    content: object,
    webhookId?: string,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<number>;
  /** Appends to audit_log in the merchant's name. */
  readonly record: (entries: readonly AuditEntry[]) => Promise<unknown>;
  /** The customer's ledger, oldest first. */
  readonly entriesOf: (customerId: string) => Promise<readonly Document[]>;
  readonly ordersOf: (customerId: string) => Promise<readonly unknown[]>;
  /** Whether an event is marked as processed: it is written, or carried out. */
  readonly isDone: (eventId: string) => Promise<boolean>;
  /** The value of a series; 0 where there is none. */
  readonly metric: (series: string) => Promise<number>;
}

const secret = 'secret of the shop';

/** A service in this process, with a database, an application id and a merchant of its own; its topics it shares. */
export const startServiceInProcess = async (options: ServiceOptions = {}): Promise<ServiceInProcess> => {
  const { onEnd = onTestFinished, logger = silentLogger, customerValidation = 'off' } = options;
  const { brokers, registry, mongo, redis } = sharedServers();
  const connection = await freshDatabase(mongo, onEnd);
  const applicationId = `law-${randomUUID().slice(0, 8)}`;
  const env = {
    ...{ KAFKA_BROKER: brokers.join(), SCHEMA_REGISTRY_URL: registry, POINTS_DB_HOST: mongo },
    ...{ REDIS_HOST: redis.cache, REDIS_STATE_HOST: redis.state },
    ...{ POINTS_DB_NAME: connection.database.databaseName, POINTS_APPLICATION_ID: applicationId },
    ...{ POINTS_HTTP_HOST: '127.0.0.1', POINTS_HTTP_PORT: '0', POINTS_STATE_DIR: await temporaryFolder('state') },
    ...options.env,
  };
  await setUp(loadConfig(env, ['setup']), silentLogger);
  const merchantId = randomUUID();
  const shopDomain = `${merchantId}.myshopify.com`;
  const settings = { merchantId, shopDomain, webhookSecrets: [secret], currency: 'USD', ...usualTerms };
  await seedMerchants(
    connection,
    [{ ...settings, earningRule: { points: 1, perMinorUnits: 100 }, customerValidation }],
    systemClock,
  );

  const role = await prepareProcess('service', env, () => logger).start();
  onEnd(async () => {
    await role.lifecycle.stop('test');
  });
  await role.started;
  const http = `http://127.0.0.1:${String(role.httpPort)}`;

  const post: ServiceInProcess['post'] = async (topic, content, webhookId = randomUUID(), headers = {}) => {
    const body = JSON.stringify(content);
    const { status } = await fetch(`${http}/${topic}`, {
      method: 'POST',
      body,
      headers: {
        ...{ 'x-shopify-topic': topic, 'x-shopify-shop-domain': shopDomain, 'x-shopify-webhook-id': webhookId },
        ...{ 'x-shopify-hmac-sha256': signatureOf(secret, body), ...headers },
      },
    });
    return status;
  };
  const supplier = kafkajsClientSupplier({
    ...{ brokers, clientId: applicationId, logger: silentLogger, replicationFactor: 1 },
  });
  const producer = supplier.producer();
  await producer.connect();
  onEnd(() => producer.close());
  const serde = await createRegistry({ url: registry }).serde('audit_log', 'AuditEntry');
  const record: ServiceInProcess['record'] = (entries) =>
    producer.send({
      ...{ topic: 'audit_log', partition: supplier.partitionOf(Buffer.from(merchantId), 4) },
      records: entries.map((entry) => ({
        ...{ key: Buffer.from(merchantId), value: serde.serialize(entry), timestamp: Date.now(), headers: {} },
      })),
    });
  const transactions = connection.database.collection('points_transactions');
  const entriesOf = (customerId: string) =>
    transactions
      .find({ merchant_id: new UUID(merchantId), customer_id: new UUID(customerId) })
      .sort({ sequence: 1 })
      .toArray();
  const ordersOf = async (customerId: string) =>
    (await entriesOf(customerId)).map(({ order_id }) => order_id as unknown);
  // Nobody waits for what is only looked at here; the service in this process keeps its own, shorter time.
  const { client } = await redisConnection(redis.state, onEnd, { commandTimeoutMs: 10_000 });
  /** A request is marked when it has been carried out. */
  const isDone = async (eventId: string) => (await client.exists(`processed:${merchantId}:${eventId}`)) === 1;
  const metric = async (line: string): Promise<number> => {
    const scraped = await (await fetch(`${http}/metrics`)).text();
    const found = scraped.split('\n').find((one) => one.startsWith(`${line} `));
    return found === undefined ? 0 : Number(found.slice(found.lastIndexOf(' ')));
  };
  return { env, role, connection, merchantId, shopDomain, post, record, entriesOf, ordersOf, isDone, metric };
};

/** The body of an order as its webhook brings it, with only what is read. */
export const shopOrder = (id: number, customer: number, changes: object = {}): object => ({
  ...{ id, created_at: '2026-01-14T12:20:31Z', currency: 'USD', subtotal_price: '25.00' },
  customer: { id: customer },
  ...changes,
});
