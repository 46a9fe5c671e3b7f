import { randomUUID } from 'node:crypto';
import { appendFile } from 'node:fs/promises';
import path from 'node:path';
import { Redis } from 'ioredis';
import { Kafka, logLevel } from 'kafkajs';
import { UUID } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startAuthServer } from '../../../src/ops/dev/auth-server.ts';
import { freePorts, freePortOffset, portsAt } from '../../../src/ops/dev/ports.ts';
import { redeem } from '../../../src/ops/dev/redeem-client.ts';
import { customerIdAt } from '../../../src/ops/dev/sample-orders.ts';
import { startServer } from '../../../src/ops/dev/server.ts';
import { balancesRole, ingressRole, serviceEnvironment } from '../../../src/ops/dev/service-roles.ts';
import { runCommand } from '../../support/command-line.ts';
import { startPrivateServers, temporaryFolder } from '../../support/servers.ts';
import { until } from '../../support/until.ts';
import { type Door, openDoor, type Posting } from '../webhooks/door.ts';
import { fixtures } from '../webhooks/orders.ts';
import { type Stage, startStage } from '../webhooks/stage.ts';
import { type Canaries, createCanaries, everyPersonalField, personalCustomer, withCanaries } from './canaries.ts';
import { findCanaries, type Held } from './find.ts';
import { inFolder, inKafka, inMetrics, inMongo, inRedis } from './places.ts';

const minute = 60_000;
const cleanUps: (() => Promise<void>)[] = [];
const onEnd = (cleanUp: () => Promise<void>) => cleanUps.push(cleanUp);
afterAll(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
}, minute);

const canaries: Canaries = createCanaries();
/** Shopify's id of the person. */
const person = canaries.number();
let stage: Stage;
let folder: string;
let door: Door;
let tokens: Record<'redeem' | 'pos' | 'view', string>;
let metricsPorts: Readonly<Record<string, number>>;
/** What was answered, headers and all. */
const answers: Held[] = [];
let ids = 7_000_000;

const post = async (posting: Posting): Promise<number> => {
  const { status, text } = await door.post(posting);
  answers.push({ place: `answer ${String(status)} of /${posting.topic}`, bytes: Buffer.from(text) });
  return status;
};

/** Headers that nobody signs, with a canary wherever there is no word of Shopify's. */
const personalHeaders = (): Record<string, string> => ({
  ...Object.fromEntries(
    [
      'user-agent',
      'referer',
      'cookie',
      'x-forwarded-for',
      'from',
      'x-correlation-id',
      'x-shopify-event-id',
      'x-shopify-api-version',
      'accept-language',
    ].map((name) => [name, canaries.text(`header ${name}`)]),
  ),
  traceparent: canaries.text('header traceparent'),
});

/** An order with a canary in every field there is, that earns. */
const order = (changes: object = {}): Buffer => {
  const needed = { id: (ids += 1), created_at: '2026-01-14T12:20:31Z', currency: 'USD', subtotal_price: '25.00' };
  const body = JSON.stringify({ ...everyPersonalField(canaries), ...needed, customer: 'here', ...changes });
  return Buffer.from(body.replace('"here"', personalCustomer(canaries, person)));
};

const asOrder = (body: Buffer, more: Partial<Posting> = {}): Posting => ({
  ...{ topic: 'orders/create', shop: stage.hostile, body, headers: personalHeaders() },
  ...more,
});

/** Shopify's own bodies with canaries in place of all that is not read, and the person as the customer. */
const fixtureBodies = (): readonly Posting[] =>
  fixtures()
    .filter(({ topic }) => topic !== 'shop/redact')
    .map(({ topic, body }) => {
      const text = JSON.stringify(withCanaries(JSON.parse(body.toString()), canaries))
        .replaceAll('seed-corner.myshopify.com', stage.hostile.shopDomain)
        .replace(/"customer":\{"id":\d+/, `"customer":{"id":${person}`);
      return { topic, shop: stage.hostile, body: Buffer.from(text), headers: personalHeaders() };
    });

/** All that can go wrong with one, each while it holds canaries. */
const refusedOnes = (): readonly Posting[] => {
  const valid = order();
  const text = valid.toString();
  const half = text.indexOf(canaries.mark) + 9;
  const bodies = [
    text.slice(0, half),
    text.replace('{', `{"${canaries.text('twice')}":1,"id":5,`),
    text.replace('"subtotal_price":"25.00"', `"subtotal_price":"${canaries.text('amount')}"`),
    text.replace('"currency":"USD"', `"currency":"${canaries.text('currency')}"`),
    text.replace('2026-01-14T12:20:31Z', canaries.text('created_at')),
    text.replace(/"id":\d+/, `"id":"${canaries.text('id')}"`),
    text.replace('{', `{"deep":${'['.repeat(100)}"${canaries.text('deep')}"${']'.repeat(100)},`),
    text + canaries.text('behind it'),
    `"${canaries.text('all of it')}"`,
    text + ' '.repeat(1024 * 1024),
  ].map((body) => asOrder(Buffer.from(body)));
  const headed = Object.entries({
    'x-shopify-hmac-sha256': canaries.text('signature'),
    'x-shopify-topic': canaries.text('topic'),
    'x-shopify-shop-domain': canaries.text('shop'),
    'content-type': canaries.text('content type'),
    'content-encoding': canaries.text('content encoding'),
    'idempotency-key': canaries.text('key'),
  }).map(([name, value]) => asOrder(valid, { headers: { ...personalHeaders(), [name]: value } }));
  return [
    ...bodies,
    ...headed,
    ...['orders/cancelled', 'refunds/create', 'customers/redact', 'customers/data_request', 'shop/redact'].map(
      (topic) => asOrder(valid, { topic }),
    ),
    asOrder(valid, {
      topic: `orders/create?email=${canaries.text('query')}`,
      headers: { ...personalHeaders(), 'x-shopify-topic': 'orders/create' },
    }),
    asOrder(valid, { topic: canaries.text('path') }),
    asOrder(valid, { topic: `orders/${canaries.text('path')}%00%zz` }),
  ];
};

const bearer = (token: string) => ({ ...personalHeaders(), authorization: `Bearer ${token}` });

const askTillAndStorefront = async (customerId: string): Promise<void> => {
  const { hostile } = stage;
  const sale = {
    ...{
      type: 'earn',
      customer_id: customerId,
      points: 5,
      idempotency_token: randomUUID(),
      occurred_at: '2026-01-14T12:20:31Z',
    },
    ...{
      locale: canaries.text('till.locale'),
      note: canaries.text('till.note'),
      cashier: canaries.text('till.cashier'),
    },
  };
  const invalid = [
    'type',
    'customer_id',
    'points',
    'idempotency_token',
    'occurred_at',
    'order_id',
    'currency',
    'amount',
  ].map((field) => ({
    ...sale,
    idempotency_token: randomUUID(),
    [field]: canaries.text(`till.${field}`),
  }));
  const transactions = [sale, ...invalid, canaries.text('till.item')];
  const till = Buffer.from(JSON.stringify({ transactions, store: canaries.text('till.store') }));
  await post({ topic: 'pos/transactions', shop: hostile, body: till, headers: bearer(tokens.pos) });
  await post({ topic: 'pos/transactions', shop: hostile, body: till, headers: bearer(canaries.text('token')) });
  const redemption = {
    ...{ merchant_id: hostile.merchantId, customer_id: customerId, reward_id: randomUUID(), points: 1 },
    ...{
      idempotency_token: randomUUID(),
      locale: canaries.text('redemption.locale'),
      note: canaries.text('redemption.note'),
    },
  };
  for (const field of ['nothing', 'merchant_id', 'customer_id', 'reward_id', 'points', 'idempotency_token']) {
    const body = Buffer.from(JSON.stringify({ ...redemption, [field]: canaries.text(`redemption.${field}`) }));
    await post({ topic: 'redemptions', shop: hostile, body, headers: bearer(tokens.redeem) });
  }
  const grpc = `127.0.0.1:${String(stage.run.ports.grpc)}`;
  const asked = {
    ...{
      merchantId: hostile.merchantId,
      customerId,
      rewardId: randomUUID(),
      points: 1,
      idempotencyToken: randomUUID(),
    },
    ...{ locale: canaries.text('grpc.locale'), token: tokens.redeem, correlationId: canaries.text('grpc.correlation') },
  };
  for (const field of ['nothing', 'merchantId', 'customerId', 'rewardId', 'idempotencyToken', 'token']) {
    const answer = await redeem(grpc, { ...asked, [field]: canaries.text(`grpc.${field}`) }).catch((error: unknown) => {
      const { message, cause } = error as Error;
      return { message, cause: String(cause) };
    });
    answers.push({ place: `gRPC answer with ${field}`, bytes: Buffer.from(JSON.stringify(answer)) });
  }
};

/** Everything that holds anything. */
const everywhere = async (): Promise<readonly Held[]> => {
  const { addresses, database } = stage.run;
  const metrics = Object.entries(metricsPorts).map(([name, port]) => inMetrics(name, port));
  const read = await Promise.all([
    ...[inFolder(folder), inMongo(stage.mongo, database), inKafka(addresses.brokers)],
    ...[inRedis('cache', addresses.redis.cache), inRedis('state', addresses.redis.state)],
    ...metrics,
  ]);
  return [...read.flat(), ...answers];
};

beforeAll(async () => {
  folder = await temporaryFolder('personal-data');
  const ports = portsAt(await freePortOffset());
  const auth = await startAuthServer({ port: ports.auth, keyFolder: await temporaryFolder('auth') });
  onEnd(() => auth.close());
  const env = { POINTS_LOG_LEVEL: 'trace' };
  // Everything on them is read, so nothing of another test must be there.
  const { addresses } = await startPrivateServers(onEnd);
  stage = await startStage({ addresses, ports, folder, authHost: auth.address, env }, onEnd);
  const { hostile, sibling, run, mongo } = stage;
  const merchants = mongo.db(run.database).collection('merchants');
  await merchants.updateOne({ merchant_id: new UUID(sibling.merchantId) }, { $set: { rate_limit_per_second: 1 } });
  const [balancesPort = 0] = await freePorts(1);
  const spec = balancesRole(run);
  const balances = await startServer({ ...spec, env: { ...spec.env, ...env, POINTS_HTTP_PORT: String(balancesPort) } });
  onEnd(() => balances.stop());
  metricsPorts = { ingress: ports.http, processor: ports.processor, 'balances-server': balancesPort };
  const issue = (scope: string) =>
    auth.issueToken({ merchantId: hostile.merchantId, scopes: [`merchant:points:${scope}`] });
  tokens = { redeem: await issue('redeem'), pos: await issue('pos'), view: await issue('view') };
  door = openDoor(ports.http, 4);
  onEnd(async () => door.close());
}, 2 * minute);

describe('personal data', () => {
  test(
    'of whatever is sent is held nowhere',
    async () => {
      const { hostile, sibling, run, mongo } = stage;
      const customerId = customerIdAt(hostile.merchantId, person);
      expect(await post(asOrder(order()))).toBe(200);
      for (const posting of fixtureBodies()) expect([posting.topic, await post(posting)]).toEqual([posting.topic, 200]);
      for (const posting of refusedOnes()) {
        const status = await post(posting);
        expect([posting.topic, status >= 400 && status < 500 ? 'refused' : status]).toEqual([
          posting.topic,
          // Where nothing is wrong with the body and only an id of tracing or the query is not of ours.
          ...[posting.topic.includes('?') || posting.headers?.['idempotency-key'] !== undefined ? 200 : 'refused'],
        ]);
      }
      // In another currency than the shop's: a dead letter.
      expect(await post(asOrder(order({ currency: 'JPY', subtotal_price: '2500' })))).toBe(200);
      // More than the shop's rate: these wait in a store.
      for (let sent = 0; sent < 4; sent += 1) {
        const body = order();
        expect(await post(asOrder(body, { shop: sibling }))).toBe(200);
      }
      await until('points were given', async () => (await stage.ledgerOf(hostile)).length >= 5, 30_000);
      await askTillAndStorefront(customerId);
      await until('deferred orders are decided', async () => (await stage.ledgerOf(sibling)).length === 4, 30_000);

      const exported = await runCommand(
        ['compliance', 'export', '--merchant', hostile.merchantId, '--customer', customerId],
        serviceEnvironment(run) as Record<string, string>,
      );
      expect(exported.code).toBe(0);
      answers.push({ place: 'export', bytes: Buffer.from(exported.stdout + exported.stderr) });

      // Without Kafka: what comes waits in MongoDB, and nobody drains it.
      await inMetrics('ingress', stage.port).then((held) => answers.push(...held));
      await stage.ingress.stop();
      const spec = ingressRole(run);
      const away = await startServer({
        ...spec,
        env: { ...spec.env, KAFKA_BROKER: '127.0.0.1:1', POINTS_LOG_LEVEL: 'trace' },
      });
      onEnd(() => away.stop());
      expect(await post(asOrder(order()))).toBe(200);
      const queue = mongo.db(run.database).collection('pos_offline_queue');
      expect(await queue.countDocuments({ merchant_id: new UUID(hostile.merchantId) })).toBe(1);
      expect(await post(asOrder(order({ cancelled_at: '2026-01-15T00:00:00Z' }), { topic: 'orders/cancelled' }))).toBe(
        200,
      );

      const held = await everywhere();
      const places = new Set(held.map(({ place }) => place.replace(/[/@ ].*$/, '')));
      expect(places).toEqual(new Set(['file', 'Mongo', 'Kafka', 'Redis', 'metrics', 'answer', 'gRPC', 'export']));
      for (const topic of [
        'points.ingest',
        'points.dlq',
        'audit_log',
        'points.earned',
        'points.balances',
        'changelog',
      ]) {
        expect([topic, held.some(({ place }) => place.startsWith('Kafka') && place.includes(topic))]).toEqual([
          topic,
          true,
        ]);
      }
      expect(findCanaries(held, canaries).slice(0, 20)).toEqual([]);
      expect(canaries.count()).toBeGreaterThan(2_000);
    },
    3 * minute,
  );

  test(
    'would be found in each of these places',
    async () => {
      const { addresses, database, logDir, stateDir } = stage.run;
      const planted = createCanaries();
      const text = (): string => planted.text('planted');
      await appendFile(
        path.join(logDir, 'ingress.log'),
        `{"msg":${JSON.stringify(JSON.stringify({ note: text() }))}}\n`,
      );
      await appendFile(path.join(stateDir, 'planted'), Buffer.from(text(), 'utf16le'));
      const documents = stage.mongo.db(database).collection('planted');
      await documents.insertMany([{ a: [{ b: text() }] }, { bytes: Buffer.from(`x${text()}`) }]);
      const kafka = new Kafka({ brokers: [...addresses.brokers], logLevel: logLevel.NOTHING });
      const producer = kafka.producer();
      await producer.connect();
      const topic = `planted-${randomUUID()}`;
      const admin = kafka.admin();
      await admin.connect();
      await admin.createTopics({ topics: [{ topic }], waitForLeaders: true });
      await producer.send({
        topic,
        messages: [
          { key: text(), value: 'a' },
          { key: 'a', value: Buffer.from(text()).toString('base64') },
          { value: null, headers: { a: text() } },
        ],
      });
      await producer.disconnect();
      const keys = [topic, `${topic}-hash`, `${topic}:${text()}`];
      for (const url of [addresses.redis.cache, addresses.redis.state]) {
        const redis = new Redis(url);
        await redis.set(keys[0]!, `xy${text()}`, 'EX', 60);
        await redis.hset(keys[1]!, { field: text() });
        await redis.set(keys[2]!, 1, 'EX', 60);
        onEnd(async () => {
          await redis.del(...keys);
          redis.disconnect();
        });
      }
      const found = findCanaries(await everywhere(), planted).map((line) => line.split(':')[0]!.replace(/@\d+$/, ''));
      const count = (start: string): number => found.filter((line) => line.startsWith(start)).length;
      expect({
        logs: count('file logs/ingress.log'),
        state: count('file state/planted'),
        mongo: count('Mongo planted'),
        kafka: count(`Kafka ${topic}`),
        cache: count('Redis cache'),
        redisState: count('Redis state'),
      }).toEqual({ logs: 1, state: 1, mongo: 2, kafka: 3, cache: 3, redisState: 3 });
      await admin.deleteTopics({ topics: [topic] });
      await admin.disconnect();
    },
    minute,
  );
});
