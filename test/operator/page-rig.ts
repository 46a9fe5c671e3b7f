import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { kafkajsClientSupplier } from '../../src/adapters/kafka/index.ts';
import { connectMongo, seedMerchants } from '../../src/adapters/mongo/index.ts';
import { createRegistry } from '../../src/adapters/registry/index.ts';
import { loadConfig, prepareProcess } from '../../src/app/index.ts';
import { setUp } from '../../src/app/setup.ts';
import { systemClock } from '../../src/common/clock.ts';
import { silentLogger } from '../../src/common/logger.ts';
import { usualTerms } from '../../src/domain/index.ts';
import { roleNodeOptions } from '../../src/ops/role-options.mjs';
import { signatureOf } from '../../src/ops/dev/webhook.ts';
import { orderOf } from '../app/operators/replay-rig.ts';
import type { OnEnd } from '../support/mongo-database.ts';
import { startPrivateServers, temporaryFolder } from '../support/servers.ts';

export const token = 'a-token-that-only-this-test-knows-of';
const secret = 'secret of the shop';
const commandLine = path.resolve(import.meta.dirname, '../../src/ops/cli.ts');

/** Servers of its own, as one of them is killed, and the service in this process with its page. */
export const pageRig = async (onEnd: OnEnd) => {
  const servers = await startPrivateServers(onEnd);
  const { brokers, registry, mongo, redis } = servers.addresses;
  const env = {
    ...{ KAFKA_BROKER: brokers.join(), SCHEMA_REGISTRY_URL: registry, POINTS_DB_HOST: mongo },
    ...{ REDIS_HOST: redis.cache, REDIS_STATE_HOST: redis.state },
    ...{ POINTS_HTTP_HOST: '127.0.0.1', POINTS_HTTP_PORT: '0', POINTS_STATE_DIR: await temporaryFolder('state') },
    POINTS_OPERATOR_TOKEN: token,
  };
  await setUp(loadConfig(env, ['setup']), silentLogger);
  const connection = await connectMongo({ uri: mongo, database: 'points', appName: 'points-test' });
  onEnd(() => connection.close());
  const addMerchant = (merchantId: string): Promise<unknown> =>
    seedMerchants(
      connection,
      [
        {
          ...{ merchantId, shopDomain: `${merchantId}.myshopify.com`, webhookSecrets: [secret], currency: 'USD' },
          ...{ ...usualTerms, earningRule: { points: 1, perMinorUnits: 100 }, customerValidation: 'off' },
        },
      ],
      systemClock,
    );
  const merchantId = randomUUID();
  await addMerchant(merchantId);
  const role = await prepareProcess('service', env, () => silentLogger).start();
  onEnd(async () => {
    await role.lifecycle.stop('test');
  });
  await role.started;
  const http = `http://127.0.0.1:${String(role.httpPort)}`;

  const supplier = kafkajsClientSupplier({
    ...{ brokers, clientId: 'page-test', logger: silentLogger, replicationFactor: 1 },
  });
  const producer = supplier.producer();
  await producer.connect();
  onEnd(() => producer.close());
  const serde = await createRegistry({ url: registry }).serde('points.ingest', 'IngestCommand');

  return {
    servers,
    http,
    merchantId,
    addMerchant,
    /** An order as the merchant's shop delivers it. */
    order: async (order: { readonly customer: number; readonly price: string; readonly locale: string }) => {
      const body = JSON.stringify({
        ...{ id: Math.floor(Math.random() * 1e12), created_at: new Date().toISOString(), currency: 'USD' },
        ...{ subtotal_price: order.price, customer_locale: order.locale, customer: { id: order.customer } },
      });
      const { status } = await fetch(`${http}/orders/create`, {
        ...{ method: 'POST', body },
        headers: {
          ...{ 'content-type': 'application/json', 'x-shopify-topic': 'orders/create' },
          ...{ 'x-shopify-shop-domain': `${merchantId}.myshopify.com`, 'x-shopify-webhook-id': randomUUID() },
          'x-shopify-hmac-sha256': signatureOf(secret, body),
        },
      });
      return status;
    },
    /** A command of a merchant nobody knows, straight onto points.ingest. */
    orphan: async (orphanId: string, correlationId: string): Promise<void> => {
      const value = serde.serialize({ ...orderOf(orphanId, 0), correlation_id: correlationId });
      const partition = supplier.partitionOf(Buffer.from(orphanId), 4);
      const record = {
        key: Buffer.from(orphanId),
        value,
        timestamp: Date.now(),
        headers: { correlation_id: correlationId },
      };
      await producer.send({ topic: 'points.ingest', partition, records: [record] });
    },
    /** Another processor, in a process of its own. */
    startProcessor: async (): Promise<ChildProcess> => {
      const child = spawn(process.execPath, [...roleNodeOptions, commandLine, 'processor'], {
        env: { PATH: process.env['PATH'] ?? '', ...env, POINTS_STATE_DIR: await temporaryFolder('state') },
        stdio: 'ignore',
      });
      onEnd(async () => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        child.kill('SIGKILL');
        await once(child, 'exit');
      });
      return child;
    },
  };
};
