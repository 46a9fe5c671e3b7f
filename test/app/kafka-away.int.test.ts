import { randomInt, randomUUID } from 'node:crypto';
import { UUID } from 'mongodb';
import { beforeAll, afterAll, describe, expect, onTestFinished, test } from 'vitest';
import type { MongoConnection } from '../../src/adapters/mongo/index.ts';
import { loadConfig, prepareProcess } from '../../src/app/index.ts';
import { setUp } from '../../src/app/setup.ts';
import { silentLogger } from '../../src/common/logger.ts';
import { parseMetrics } from '../../src/ops/dev/metrics.ts';
import { sendWebhook } from '../../src/ops/dev/send-webhook.ts';
import { freshDatabase } from '../support/mongo-database.ts';
import { type GeneratedDelivery, type GeneratedMerchant, generateOrders } from '../support/order-generator.ts';
import { sharedServers, temporaryFolder } from '../support/servers.ts';
import { type TcpDoor, tcpDoor } from '../support/tcp-door.ts';

const nobodyListens = '127.0.0.1:1';
const limit = 3;

const merchantDocument = ({ merchantId, shopDomain, secret, currency }: GeneratedMerchant) => ({
  ...{ merchant_id: new UUID(merchantId), shop_domain: shopDomain, webhook_secrets: [secret], currency },
  earning_rule: { points: 1, per_minor_units: 100 },
});

interface Ingress {
  readonly send: (delivery: GeneratedDelivery) => Promise<{ readonly status: number; readonly answer: unknown }>;
  readonly ready: () => Promise<{ readonly status: number; readonly kafka: unknown }>;
  readonly metric: (sample: string) => Promise<number | undefined>;
}

describe('ingress that starts while Kafka is away', () => {
  let connection: MongoConnection;
  let mongoDoor: TcpDoor;
  let run: ReturnType<typeof generateOrders>;
  let env: Record<string, string>;

  beforeAll(async () => {
    const { brokers, registry, mongo, redis } = sharedServers();
    connection = await freshDatabase(mongo, afterAll);
    mongoDoor = await tcpDoor(Number(new URL(mongo).port), afterAll);
    const seed = randomInt(1, 1_000_000_000);
    run = generateOrders({ seed, orders: 10, customers: 5, merchants: 1, repeatEvery: 1_000, startMs: Date.now() });
    env = {
      ...{ KAFKA_BROKER: brokers.join(), SCHEMA_REGISTRY_URL: registry, POINTS_DB_HOST: mongo },
      ...{ REDIS_HOST: redis.cache, REDIS_STATE_HOST: redis.state },
      ...{
        POINTS_DB_NAME: connection.database.databaseName,
        POINTS_APPLICATION_ID: `away-${randomUUID().slice(0, 8)}`,
      },
      ...{ POINTS_HTTP_HOST: '127.0.0.1', POINTS_HTTP_PORT: '0', POINTS_STATE_DIR: await temporaryFolder('state') },
      POINTS_OFFLINE_QUEUE_LIMIT: String(limit),
    };
    await setUp(loadConfig(env, ['setup']), silentLogger);
    await connection.database.collection('merchants').insertMany(run.merchants.map(merchantDocument));
    env['KAFKA_BROKER'] = nobodyListens;
    // Only to this member, or the driver would find its way past the door.
    env['POINTS_DB_HOST'] = `mongodb://127.0.0.1:${String(mongoDoor.port)}/?directConnection=true`;
  });

  const start = async (): Promise<Ingress> => {
    const role = await prepareProcess('ingress', env, () => silentLogger).start();
    onTestFinished(async () => {
      await role.lifecycle.stop('test');
    });
    const http = `http://127.0.0.1:${String(role.httpPort)}`;
    return {
      send: async (delivery) => {
        const { merchant, webhookId, shopifyEventId: eventId, body } = delivery;
        const { shopDomain, secret } = merchant;
        const { status, text } = await sendWebhook(http, {
          ...{ shopDomain, secret, webhookId, eventId, triggeredAt: 0, body },
        });
        return { status, answer: JSON.parse(text) };
      },
      ready: async () => {
        const response = await fetch(`${http}/ready`);
        const { checks } = (await response.json()) as { checks: Record<string, unknown> };
        return { status: response.status, kafka: checks['ingress kafka'] };
      },
      metric: async (sample) => {
        const page = await (await fetch(`${http}/metrics`)).text();
        return parseMetrics(
          page
            .split('\n')
            .filter((line) => line.startsWith(sample))
            .join('\n'),
        ).get(sample.split('{')[0]!);
      },
    };
  };

  test('takes webhooks until its queue is full, then none, and none with MongoDB away too; it says how it stands', async () => {
    const ingress = await start();
    const [first, second, third, fourth] = run.deliveries;
    await expect
      .poll(() => ingress.ready(), { timeout: 20_000 })
      .toMatchObject({
        status: 200,
        kafka: {
          ...{ optional: true, reason: 'Kafka is not available: commands wait in the offline queue' },
          facts: { waiting: 0, limit: 3 },
        },
      });

    const { merchantId, eventId, customerId, points } = first!.expected;
    expect(await ingress.send(first!)).toMatchObject({
      status: 200,
      answer: { status: 'buffered', event_id: eventId },
    });
    expect(await connection.database.collection('pos_offline_queue').find().toArray()).toMatchObject([
      {
        ...{ merchant_id: new UUID(merchantId), customer_id: new UUID(customerId), points, type: 'earn' },
        ...{ idempotency_token: new UUID(eventId), schema_version: '1.0.0', arrival: 1 },
      },
    ]);
    // Of the same order once more, as Shopify sends it: it is safe already.
    expect(await ingress.send(first!)).toMatchObject({ status: 200, answer: { status: 'buffered' } });
    expect(await ingress.send(second!)).toMatchObject({ status: 200, answer: { status: 'buffered' } });
    expect(await ingress.send(third!)).toMatchObject({ status: 200, answer: { status: 'buffered' } });
    expect(await ingress.send(fourth!)).toMatchObject({ status: 503, answer: { reason: 'dependency_unavailable' } });
    await expect
      .poll(() => ingress.ready(), { timeout: 10_000 })
      .toMatchObject({
        status: 503,
        kafka: { reason: 'Kafka is not available, and the offline queue is full', facts: { waiting: 3, limit: 3 } },
      });
    expect(await ingress.metric('points_offline_queue_total{event="buffered"}')).toBe(3);
    expect(await ingress.metric('points_offline_queue_total{event="refused_full"}')).toBe(1);
    expect(await ingress.metric('points_offline_queue_waiting')).toBe(3);
    expect(await connection.database.collection('pos_offline_queue').countDocuments()).toBe(3);

    await mongoDoor.close();
    const since = performance.now();
    expect(await ingress.send(fourth!)).toMatchObject({ status: 503, answer: { reason: 'dependency_unavailable' } });
    expect(performance.now() - since).toBeLessThan(4_500);
    await expect
      .poll(() => ingress.ready(), { timeout: 10_000 })
      .toMatchObject({
        status: 503,
        kafka: { reason: 'Kafka is not available, and the offline queue does not answer' },
      });
    await mongoDoor.open();
    await connection.database.collection('pos_offline_queue').deleteOne({ arrival: 1 });
    // As if its time to live had removed it: that is found out, and there is room again.
    await expect.poll(() => ingress.metric('points_offline_queue_total{event="expired"}'), { timeout: 30_000 }).toBe(1);
    expect(await ingress.send(fourth!)).toMatchObject({ status: 200, answer: { status: 'buffered' } });
  }, 120_000);
});
