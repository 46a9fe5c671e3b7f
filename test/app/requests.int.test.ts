import { randomUUID } from 'node:crypto';
import { UUID } from 'mongodb';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createLedgerStore, type MongoConnection, seedMerchants } from '../../src/adapters/mongo/index.ts';
import type { RedisConnection } from '../../src/adapters/redis/index.ts';
import { loadConfig, prepareProcess, type RunningRoles } from '../../src/app/index.ts';
import { setUp } from '../../src/app/setup.ts';
import { systemClock } from '../../src/common/clock.ts';
import { silentLogger } from '../../src/common/logger.ts';
import type { PointsClient } from '../../src/contracts/grpc/index.ts';
import type { IngestCommand } from '../../src/contracts/index.ts';
import { tokenEventId, usualTerms } from '../../src/domain/index.ts';
import { type AuthServer, startAuthServer } from '../../src/ops/dev/auth-server.ts';
import { getBalance, healthStatus, newClient } from '../egress/grpc-clients.ts';
import { redeem, type RedeemOptions } from '../egress/redeem-client.ts';
import { auditEntry } from '../support/audit-entries.ts';
import { type Decider, startDecider } from '../support/decider.ts';
import { preparedDatabase } from '../support/mongo-database.ts';
import { redisConnection } from '../support/redis-connection.ts';
import { outcomeFor } from '../support/requests.ts';
import { type PrivateServers, startPrivateServers, temporaryFolder } from '../support/servers.ts';
import { until } from '../support/until.ts';

const merchantId = randomUUID();
const customerId = randomUUID();

const endings: (() => Promise<unknown>)[] = [];
const onEnd = (ending: () => Promise<unknown>) => endings.unshift(ending);
afterAll(async () => {
  for (const ending of endings) await ending();
}, 120_000);

let servers: PrivateServers;
let mongo: MongoConnection;
let redis: RedisConnection;
let auth: AuthServer;
let decider: Decider;
let ingress: RunningRoles;
let grpcPort: number;
const tokens = { redeem: '', pos: '', view: '' };

const accept = (command: IngestCommand) => outcomeFor(command);

beforeAll(async () => {
  servers = await startPrivateServers(onEnd);
  mongo = await preparedDatabase(servers.addresses.mongo, () => undefined);
  onEnd(() => mongo.close());
  auth = await startAuthServer({ port: 0, keyFolder: await temporaryFolder('auth') });
  onEnd(() => auth.close());
  const issue = (scope: string) => auth.issueToken({ merchantId, scopes: [scope] });
  tokens.redeem = await issue('merchant:points:redeem');
  tokens.pos = await issue('merchant:points:pos');
  tokens.view = await issue('merchant:points:view');
  grpcPort = servers.ports.grpc;
  const env = {
    KAFKA_BROKER: servers.addresses.brokers.join(','),
    SCHEMA_REGISTRY_URL: servers.addresses.registry,
    POINTS_DB_HOST: servers.addresses.mongo,
    POINTS_DB_NAME: mongo.database.databaseName,
    REDIS_HOST: servers.addresses.redis.cache,
    REDIS_STATE_HOST: servers.addresses.redis.state,
    AUTH_HOST: auth.address,
    POINTS_HTTP_HOST: '127.0.0.1',
    POINTS_HTTP_PORT: '0',
    POINTS_GRPC_HOST: '127.0.0.1',
    POINTS_GRPC_PORT: String(grpcPort),
  };
  await setUp(loadConfig(env, ['setup']), silentLogger);
  const settings = { merchantId, shopDomain: 'example.myshopify.com', webhookSecrets: ['s'], currency: 'USD' };
  await seedMerchants(
    mongo,
    [{ ...usualTerms, ...settings, earningRule: { points: 1, perMinorUnits: 100 } }],
    systemClock,
  );
  redis = await redisConnection(servers.addresses.redis.state, onEnd, { commandTimeoutMs: 2_000 });
  const { brokers, registry } = servers.addresses;
  decider = await startDecider({ brokers: [...brokers], registry, redis, onEnd });

  ingress = await prepareProcess('ingress', env, () => silentLogger).start();
  onEnd(() => ingress.lifecycle.stop('test'));
  const balances = await prepareProcess('balances-server', env, () => silentLogger).start();
  onEnd(() => balances.lifecycle.stop('test'));
  await Promise.all([ingress.started, balances.started]);
}, 300_000);

const redemption = (idempotency_token: string, changes: Readonly<Record<string, string | number>> = {}) => ({
  ...{ merchant_id: merchantId, customer_id: customerId, reward_id: randomUUID(), idempotency_token, points: 100 },
  ...changes,
});
const redeemBy = (client: PointsClient, request: RedeemOptions['request'], options: Partial<RedeemOptions> = {}) =>
  redeem(client, { token: tokens.redeem, ...(request && { request }), ...options });

const post = async (path: string, token: string, body: unknown) => {
  const response = await fetch(`http://127.0.0.1:${ingress.httpPort}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const publishedUnder = (token: string) =>
  decider.commands.filter(({ event_id }) => event_id === tokenEventId(merchantId, token));

const metric = async (name: string): Promise<string | undefined> => {
  const text = await (await fetch(`http://127.0.0.1:${ingress.httpPort}/metrics`)).text();
  return text
    .split('\n')
    .find((line) => line.startsWith(`${name} `))
    ?.slice(name.length + 1);
};

describe('callers of both doors', () => {
  test('with one token, 64 over gRPC and 64 over HTTP, get one answer, and one event is published', async () => {
    decider.decide = accept;
    const token = randomUUID();
    const request = redemption(token);
    const client = newClient(grpcPort);
    const [overGrpc, overHttp] = await Promise.all([
      Promise.all(Array.from({ length: 64 }, () => redeemBy(client, request))),
      Promise.all(Array.from({ length: 64 }, () => post('/redemptions', tokens.redeem, request))),
    ]);
    expect(new Set(overGrpc.map(({ code, status }) => `${code} ${status}`))).toEqual(new Set(['OK PENDING']));
    expect(new Set(overHttp.map(({ status, body }) => [status, body['status']].join(' ')))).toEqual(
      new Set(['200 pending']),
    );
    const told = [
      ...overGrpc.map(({ redemption_id, correlation_id }) => ({ redemption_id, correlation_id })),
      ...overHttp.map(({ body: { redemption_id, correlation_id } }) => ({ redemption_id, correlation_id })),
    ];
    expect(new Set(told.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(told[0]?.redemption_id).toBe(tokenEventId(merchantId, token));
    expect(publishedUnder(token).length).toBeGreaterThanOrEqual(1);
  });

  test('who ask for two things under one token: one gets it, the other is told of the conflict', async () => {
    decider.decide = accept;
    const token = randomUUID();
    const client = newClient(grpcPort);
    const request = redemption(token);
    const [one, other] = await Promise.all([redeemBy(client, request), redeemBy(client, { ...request, points: 101 })]);
    expect([one.code, other.code].sort()).toEqual(['ALREADY_EXISTS', 'OK']);
    const lost = one.code === 'OK' ? 101 : 100;
    expect(await post('/redemptions', tokens.redeem, { ...request, points: lost })).toMatchObject({ status: 409 });
    const till = {
      ...{ type: 'spend', customer_id: customerId, points: 100, idempotency_token: token },
      occurred_at: new Date().toISOString(),
    };
    expect(await post('/pos/transactions', tokens.pos, { transactions: [till] })).toMatchObject({
      body: { transactions: [{ status: 'conflict' }] },
    });
  });

  test('are told that it is not decided, and later what was', async () => {
    decider.decide = () => undefined;
    const token = randomUUID();
    const request = redemption(token);
    const client = newClient(grpcPort);
    const [overGrpc, overHttp] = await Promise.all([
      redeemBy(client, request, { deadlineMs: 1_000 }),
      post('/redemptions', tokens.redeem, request),
    ]);
    expect(overGrpc).toMatchObject({ code: 'OK', status: 'PENDING_DECISION' });
    expect(overHttp).toMatchObject({ status: 202, body: { status: 'undecided' } });
    const [command] = publishedUnder(token);
    await decider.tell(outcomeFor(command!, { status: 'failed', reason: 'INSUFFICIENT_POINTS' }));
    expect(await redeemBy(client, request)).toMatchObject({ status: 'FAILED', reason: 'INSUFFICIENT_POINTS' });
    expect(publishedUnder(token).length).toBe(2);
  });

  test('who hang up leave nothing behind', async () => {
    decider.decide = () => undefined;
    const client = newClient(grpcPort);
    const hangUp = new AbortController();
    const requests = Array.from({ length: 50 }, () => redemption(randomUUID()));
    const channels = async () => ((await redis.client.pubsub('CHANNELS', 'outcome:*')) as string[]).length;
    const calls = requests.map((request) => redeemBy(client, request, { signal: hangUp.signal }));
    const fetches = requests.map((request) =>
      fetch(`http://127.0.0.1:${ingress.httpPort}/redemptions`, {
        ...{ method: 'POST', body: JSON.stringify({ ...request, idempotency_token: randomUUID() }) },
        headers: { authorization: `Bearer ${tokens.redeem}`, 'content-type': 'application/json' },
        signal: hangUp.signal,
      }).catch(() => 'gone'),
    );
    await until('all wait', async () => (await channels()) === 100, 5_000);
    hangUp.abort();
    expect(new Set((await Promise.all(calls)).map(({ code }) => code))).toEqual(new Set(['CANCELLED']));
    expect(new Set(await Promise.all(fetches))).toEqual(new Set(['gone']));
    await until('no channel is left', async () => (await channels()) === 0, 2_000);
    expect(await metric('points_requests_waiting')).toBe('0');
  });
});

describe('a till', () => {
  test('gets an answer for each item of a batch, in their order', async () => {
    const [sale, spend, poor, slow] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
    decider.decide = (command) => {
      const item = command.command['points.PosTransaction'];
      if (item?.idempotency_token === slow) return undefined;
      if (item?.idempotency_token === poor) {
        return outcomeFor(command, { kind: 'refusal', reason: 'INSUFFICIENT_POINTS', balance_after: 2 });
      }
      return outcomeFor(command, { points: item?.points || 12, balance_after: 12 });
    };
    const common = { customer_id: customerId, occurred_at: '2025-10-14T12:20:31-04:00' };
    const answer = await post('/pos/transactions', tokens.pos, {
      transactions: [
        { ...common, type: 'earn', amount: '12.50', idempotency_token: sale },
        { ...common, type: 'spend', points: 10, idempotency_token: spend },
        { ...common, type: 'spend', points: 99, idempotency_token: poor },
        { ...common, type: 'spend', points: 1, idempotency_token: slow },
        { ...common, type: 'spend', points: 0, idempotency_token: randomUUID() },
        { ...common, type: 'earn', amount: '12.50', idempotency_token: sale },
      ],
    });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        transactions: [
          { idempotency_token: sale, status: 'accepted', points: 12, balance_after: 12 },
          { idempotency_token: spend, status: 'accepted', points: 10, balance_after: 12 },
          { idempotency_token: poor, status: 'refused', reason: 'INSUFFICIENT_POINTS', points: 99, balance_after: 2 },
          { idempotency_token: slow, status: 'pending' },
          { status: 'invalid', fields: ['points'] },
          { idempotency_token: sale, status: 'accepted', points: 12 },
        ],
      },
    });
    const order = [sale, spend, poor, slow].map((token) => tokenEventId(merchantId, token));
    const published = decider.commands.map(({ event_id }) => event_id).filter((id) => order.includes(id));
    expect(published).toEqual(order);
    expect(await metric('points_till_items_total{status="accepted"}')).toBe('3');
    expect(await metric('points_requests_total{path="/pos/transactions",outcome="decided",reason=""}')).toBe('2');
  });

  test('gets an answer for a hundred items of one customer', async () => {
    decider.decide = accept;
    const transactions = Array.from({ length: 100 }, () => ({
      ...{ type: 'spend', points: 1, customer_id: customerId, idempotency_token: randomUUID() },
      occurred_at: '2025-10-14T12:20:31-04:00',
    }));
    const { body } = await post('/pos/transactions', tokens.pos, { transactions });
    const answers = body['transactions'] as { status: string }[];
    expect(answers.filter(({ status }) => status === 'accepted')).toHaveLength(100);
  });
});

describe('while a server is away', () => {
  test('Redis, killed under those who wait: they are answered from MongoDB', async () => {
    decider.decide = () => undefined;
    const token = randomUUID();
    const client = newClient(grpcPort);
    const request = redemption(token);
    const answer = redeemBy(client, request);
    const spent = randomUUID();
    const till = {
      ...{ type: 'spend', points: 7, customer_id: customerId, idempotency_token: spent },
      occurred_at: '2025-10-14T12:20:31-04:00',
    };
    const tillAnswer = post('/pos/transactions', tokens.pos, { transactions: [till] });
    await until('both are published', () => publishedUnder(token).length + publishedUnder(spent).length === 2, 5_000);
    const state = servers.handles.redisState!;
    state.kill('SIGKILL');
    await state.exited;
    onTestFinished(async () => {
      await state.restart();
      await redis.whenReady(10_000);
    });

    await mongo.database.collection('reward_redemptions').insertOne({
      customer_id: new UUID(customerId),
      merchant_id: new UUID(merchantId),
      reward_id: new UUID(request.reward_id),
      idempotency_token: new UUID(token),
      ...{ points: 100, status: 'pending', locale: 'en', schema_version: '1.0.0', created_at: new Date() },
      correlation_id: 'from-mongo',
    });
    const ledger = createLedgerStore({ connection: mongo, clock: systemClock, logger: silentLogger });
    const entry = auditEntry({
      ...{ merchant_id: merchantId, customer_id: customerId, event_id: tokenEventId(merchantId, spent) },
      ...{ event_type: 'pos.transaction', type: 'spend', points: 7, balance_after: 93 },
    });
    expect(await ledger.append([entry])).toEqual([]);
    expect(await answer).toMatchObject({ code: 'OK', status: 'PENDING', correlation_id: 'from-mongo' });
    expect(await tillAnswer).toMatchObject({
      body: { transactions: [{ status: 'accepted', points: 7, balance_after: 93 }] },
    });
  });

  test('Kafka: redemptions are refused for now, decisions of before are told, and balances are read', async () => {
    decider.decide = accept;
    const client = newClient(grpcPort);
    const known = redemption(randomUUID());
    await until('Redis is heard again', async () => (await redeemBy(client, known)).status === 'PENDING', 20_000);
    const broker = servers.handles.kafka![0]!;
    broker.kill('SIGSTOP');
    onTestFinished(() => broker.kill('SIGCONT'));
    const refused = await redeemBy(client, redemption(randomUUID()));
    expect(refused).toMatchObject({ code: 'UNAVAILABLE', details: 'Temporarily unavailable, try again' });
    expect(await redeemBy(client, known)).toMatchObject({ code: 'OK', status: 'PENDING' });
    expect(await getBalance(client, { token: tokens.view, merchantId, customerId })).toMatchObject({ code: 'OK' });
    expect(await healthStatus(grpcPort, 'points.v1')).toBe('SERVING');
    expect(await post('/redemptions', tokens.redeem, redemption(randomUUID()))).toMatchObject({ status: 503 });
  });
});
