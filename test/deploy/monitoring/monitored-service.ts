import { randomUUID } from 'node:crypto';
import { kafkajsClientSupplier } from '../../../src/adapters/kafka/index.ts';
import { seedMerchants } from '../../../src/adapters/mongo/index.ts';
import { createRegistry } from '../../../src/adapters/registry/index.ts';
import { loadConfig, prepareProcess } from '../../../src/app/index.ts';
import { setUp } from '../../../src/app/setup.ts';
import { systemClock } from '../../../src/common/clock.ts';
import { silentLogger } from '../../../src/common/logger.ts';
import { type IngestCommand, topics } from '../../../src/contracts/index.ts';
import { usualTerms } from '../../../src/domain/index.ts';
import { startAuthServer } from '../../../src/ops/dev/auth-server.ts';
import { createBalanceClient } from '../../../src/ops/dev/balance-client.ts';
import { freePorts } from '../../../src/ops/dev/ports.ts';
import { signatureOf } from '../../../src/ops/dev/webhook.ts';
import { freshDatabase } from '../../support/mongo-database.ts';
import { startPrivateServers, temporaryFolder } from '../../support/servers.ts';

const secret = 'secret of the shop';
const partitions = 4;

/** The service and a balances-server in this process, on servers of its own, as what others have sent would be counted too, with a usual merchant and one with a limit of 1/s. */
export const startMonitoredService = async (onEnd: (cleanUp: () => Promise<void>) => unknown) => {
  const { addresses } = await startPrivateServers(onEnd);
  const { brokers, registry, mongo, redis } = addresses;
  const connection = await freshDatabase(mongo, onEnd);
  const auth = await startAuthServer({ port: 0, keyFolder: await temporaryFolder('auth') });
  onEnd(() => auth.close());
  const [grpcPort = 0] = await freePorts(1);
  const applicationId = `watched-${randomUUID().slice(0, 8)}`;
  const env = {
    ...{ KAFKA_BROKER: brokers.join(), SCHEMA_REGISTRY_URL: registry, POINTS_DB_HOST: mongo },
    ...{ REDIS_HOST: redis.cache, REDIS_STATE_HOST: redis.state, AUTH_HOST: auth.address },
    ...{ POINTS_DB_NAME: connection.database.databaseName, POINTS_APPLICATION_ID: applicationId },
    ...{ POINTS_HTTP_HOST: '127.0.0.1', POINTS_HTTP_PORT: '0', POINTS_STATE_DIR: await temporaryFolder('state') },
    ...{ POINTS_GRPC_HOST: '127.0.0.1', POINTS_GRPC_PORT: String(grpcPort) },
  };
  await setUp(loadConfig(env, ['setup']), silentLogger);
  const merchant = { merchantId: randomUUID(), shopDomain: `${randomUUID()}.myshopify.com` };
  const limited = { merchantId: randomUUID(), shopDomain: `${randomUUID()}.myshopify.com` };
  const terms = { ...usualTerms, webhookSecrets: [secret], currency: 'USD', customerValidation: 'off' as const };
  const earningRule = { points: 1, perMinorUnits: 100 };
  await seedMerchants(
    connection,
    [
      { ...terms, earningRule, ...merchant },
      { ...terms, earningRule, ...limited, rateLimitPerSecond: 1 },
    ],
    systemClock,
  );
  const start = async (name: 'service' | 'balances-server') => {
    const role = await prepareProcess(name, env, () => silentLogger).start();
    onEnd(async () => {
      await role.lifecycle.stop('test');
    });
    return role;
  };
  const [service, reader] = await Promise.all([start('service'), start('balances-server')]);
  await Promise.all([service.started, reader.started]);

  const post = async (shopDomain: string, content: object): Promise<number> => {
    const body = JSON.stringify(content);
    const { status } = await fetch(`http://127.0.0.1:${String(service.httpPort)}/orders/create`, {
      method: 'POST',
      body,
      headers: {
        ...{ 'x-shopify-topic': 'orders/create', 'x-shopify-shop-domain': shopDomain },
        ...{ 'x-shopify-webhook-id': randomUUID(), 'x-shopify-hmac-sha256': signatureOf(secret, body) },
      },
    });
    return status;
  };
  const token = await auth.issueToken({
    merchantId: merchant.merchantId,
    scopes: ['merchant:points:redeem', 'merchant:points:view'],
  });
  const redeem = async (customer_id: string, idempotency_token: string, points: number): Promise<string> => {
    const response = await fetch(`http://127.0.0.1:${String(service.httpPort)}/redemptions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        ...{ merchant_id: merchant.merchantId, customer_id, reward_id: randomUUID(), idempotency_token, points },
      }),
    });
    return ((await response.json()) as { status: string }).status;
  };
  const supplier = kafkajsClientSupplier({
    ...{ brokers, clientId: applicationId, logger: silentLogger, replicationFactor: 1 },
  });
  const producer = supplier.producer();
  await producer.connect();
  onEnd(() => producer.close());
  const serde = await createRegistry({ url: registry }).serde(topics.ingest.name, 'IngestCommand');
  const key = Buffer.from(merchant.merchantId);
  /** Onto points.ingest, whatever it is. */
  const produce = (values: readonly Buffer[]) =>
    producer.send({
      ...{ topic: topics.ingest.name, partition: supplier.partitionOf(key, partitions) },
      records: values.map((value) => ({ key, value, timestamp: Date.now(), headers: {} })),
    });
  const client = createBalanceClient(`127.0.0.1:${String(grpcPort)}`);
  onEnd(async () => {
    client.close();
  });
  return {
    ...{ applicationId, merchant, limited, post, redeem, produce, auth },
    send: (commands: readonly IngestCommand[]) => produce(commands.map((command) => serde.serialize(command))),
    read: (customerId: string, as = token) =>
      client.read({ merchantId: merchant.merchantId, customerId, locale: 'en', token: as }),
    page: async (role: 'service' | 'balances-server') =>
      (await fetch(`http://127.0.0.1:${String((role === 'service' ? service : reader).httpPort)}/metrics`)).text(),
    targets: [
      { address: `127.0.0.1:${String(service.httpPort)}`, role: 'service' },
      { address: `127.0.0.1:${String(reader.httpPort)}`, role: 'balances-server' },
    ],
  };
};
