import { randomInt, randomUUID } from 'node:crypto';
import { UUID } from 'mongodb';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { loadConfig, prepareProcess } from '../../src/app/index.ts';
import { setUp } from '../../src/app/setup.ts';
import { silentLogger } from '../../src/common/logger.ts';
import { sendWebhook } from '../../src/ops/dev/send-webhook.ts';
import { freshDatabase } from '../support/mongo-database.ts';
import { type GeneratedDelivery, generateOrders } from '../support/order-generator.ts';
import { sharedServers, temporaryFolder } from '../support/servers.ts';
import { type TcpDoor, tcpDoor } from '../support/tcp-door.ts';

let doors: Readonly<Record<'ingress mongodb' | 'ingress redis state', TcpDoor>>;
let deliveries: readonly GeneratedDelivery[];
let http: string;

beforeAll(async () => {
  const { brokers, registry, mongo, redis } = sharedServers();
  const connection = await freshDatabase(mongo, afterAll);
  const database = connection.database.databaseName;
  const mongoDoor = await tcpDoor(Number(new URL(mongo).port), afterAll);
  const redisDoor = await tcpDoor(Number(new URL(redis.state).port), afterAll);
  doors = { 'ingress mongodb': mongoDoor, 'ingress redis state': redisDoor };
  const seed = randomInt(1, 1_000_000_000);
  const run = generateOrders({ seed, orders: 4, customers: 2, merchants: 1, repeatEvery: 1_000, startMs: Date.now() });
  deliveries = run.deliveries;
  const env = {
    ...{ KAFKA_BROKER: brokers.join(), SCHEMA_REGISTRY_URL: registry, POINTS_DB_HOST: mongo },
    ...{ REDIS_HOST: redis.cache, REDIS_STATE_HOST: redis.state, POINTS_DB_NAME: database },
    ...{
      POINTS_APPLICATION_ID: `stores-${randomUUID().slice(0, 8)}`,
      POINTS_STATE_DIR: await temporaryFolder('state'),
    },
    ...{ POINTS_HTTP_HOST: '127.0.0.1', POINTS_HTTP_PORT: '0' },
  };
  await setUp(loadConfig(env, ['setup']), silentLogger);
  await connection.database.collection('merchants').insertMany(
    run.merchants.map(({ merchantId, shopDomain, secret, currency }) => ({
      ...{ merchant_id: new UUID(merchantId), shop_domain: shopDomain, webhook_secrets: [secret], currency },
      earning_rule: { points: 1, per_minor_units: 100 },
    })),
  );
  // Only to this member, or the driver would find its way past the door.
  env.POINTS_DB_HOST = `mongodb://127.0.0.1:${String(mongoDoor.port)}/?directConnection=true`;
  env.REDIS_STATE_HOST = `redis://127.0.0.1:${String(redisDoor.port)}`;
  const role = await prepareProcess('ingress', env, () => silentLogger).start();
  afterAll(async () => {
    await role.lifecycle.stop('test');
  });
  http = `http://127.0.0.1:${String(role.httpPort)}`;
}, 60_000);

const ready = async (): Promise<unknown> => {
  const response = await fetch(`${http}/ready`);
  const { checks } = (await response.json()) as { checks: Record<string, unknown> };
  return { status: response.status, checks };
};

const send = async ({ merchant, webhookId, shopifyEventId: eventId, body }: GeneratedDelivery): Promise<unknown> => {
  const { shopDomain, secret } = merchant;
  const { status } = await sendWebhook(http, { shopDomain, secret, webhookId, eventId, triggeredAt: 0, body });
  return status;
};

test.each(['ingress mongodb', 'ingress redis state'] as const)(
  'an ingress that has started stays ready and takes webhooks while %s is away, and says so',
  async (store) => {
    await expect.poll(ready, { timeout: 20_000 }).toMatchObject({ status: 200, checks: { [store]: { ok: true } } });
    await doors[store].close();
    onTestFinished(() => doors[store].open());
    await expect
      .poll(ready, { timeout: 10_000 })
      .toMatchObject({ status: 200, checks: { [store]: { ok: false, optional: true } } });
    for (const delivery of deliveries) expect(await send(delivery)).toBe(200);
    expect(await ready()).toMatchObject({ status: 200, checks: { [store]: { ok: false, optional: true } } });
  },
  60_000,
);
