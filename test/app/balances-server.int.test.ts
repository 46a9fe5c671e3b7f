import { randomUUID } from 'node:crypto';
import { createLedgerStore, seedMerchants } from '../../src/adapters/mongo/index.ts';
import { createBalanceCache } from '../../src/adapters/redis/index.ts';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type PreparedProcess, prepareProcess, type RunningRoles } from '../../src/app/index.ts';
import { systemClock } from '../../src/common/clock.ts';
import { silentLogger } from '../../src/common/logger.ts';
import { type AuthServer, startAuthServer } from '../../src/ops/dev/auth-server.ts';
import { createBalanceClient } from '../../src/ops/dev/balance-client.ts';
import { healthStatus, newClient } from '../egress/grpc-clients.ts';
import { metadataOf, openWatch } from '../egress/watch-client.ts';
import { auditEntries } from '../support/audit-entries.ts';
import { preparedDatabase } from '../support/mongo-database.ts';
import { redisConnection } from '../support/redis-connection.ts';
import { type PrivateServers, startPrivateServers, temporaryFolder } from '../support/servers.ts';
import { until } from '../support/until.ts';
import { usualTerms } from '../../src/domain/index.ts';

const entries = auditEntries(3);
const [{ merchant_id: merchantId, customer_id: customerId } = { merchant_id: '', customer_id: '' }] = entries;

const endings: (() => Promise<unknown>)[] = [];
const onEnd = (ending: () => Promise<unknown>) => endings.unshift(ending);
afterAll(async () => {
  for (const ending of endings) await ending();
}, 60_000);

let servers: PrivateServers;
let auth: AuthServer;
let role: RunningRoles;
let token: string;
let grpcPort: number;

const page = async (path: string) => {
  const response = await fetch(`http://127.0.0.1:${role.httpPort}${path}`);
  return { status: response.status, body: await response.text() };
};
const ready = async () => {
  const { status, body } = await page('/ready');
  return { status, missing: (JSON.parse(body) as { missing: string[] }).missing };
};
const readBalance = async (locale: string, customer = customerId) => {
  const client = createBalanceClient(`127.0.0.1:${grpcPort}`);
  try {
    return await client.read({ merchantId, customerId: customer, locale, token });
  } finally {
    client.close();
  }
};
const isServing = async () => (await healthStatus(grpcPort, 'points.v1')) === 'SERVING';

beforeAll(async () => {
  servers = await startPrivateServers(onEnd, { roles: ['mongo', 'redisCache'] });
  const connection = await preparedDatabase(servers.addresses.mongo, () => undefined);
  onEnd(() => connection.close());
  await createLedgerStore({ connection, clock: systemClock, logger: silentLogger }).append(entries);
  const settings = { merchantId, shopDomain: 'example.myshopify.com', webhookSecrets: ['s'], currency: 'USD' };
  const rule = { earningRule: { points: 1, perMinorUnits: 100 }, defaultLocale: 'he' };
  await seedMerchants(connection, [{ ...usualTerms, ...settings, ...rule }], systemClock);

  auth = await startAuthServer({ port: 0, keyFolder: await temporaryFolder('auth') });
  onEnd(() => auth.close());
  token = await auth.issueToken({ merchantId, scopes: ['merchant:points:view'] });

  // The role starts while both stores are away.
  await servers.handles.redisCache?.stop();
  await servers.handles.mongo?.stop();
  grpcPort = servers.ports.grpc;
  const env = {
    POINTS_DB_HOST: servers.addresses.mongo,
    POINTS_DB_NAME: connection.database.databaseName,
    REDIS_HOST: servers.addresses.redis.cache,
    AUTH_HOST: auth.address,
    POINTS_HTTP_HOST: '127.0.0.1',
    POINTS_HTTP_PORT: '0',
    POINTS_GRPC_HOST: '127.0.0.1',
    POINTS_GRPC_PORT: String(grpcPort),
  };
  const prepared: PreparedProcess = prepareProcess('balances-server', env, () => silentLogger);
  role = await prepared.start();
  onEnd(() => role.lifecycle.stop('test'));
}, 120_000);

/** One life of the role, in order: each test goes on where the one before left off. */
describe('the balances-server', () => {
  test('that starts before its stores lives, says what is missing and answers UNAVAILABLE', async () => {
    await until('gRPC listens', async () => (await healthStatus(grpcPort, '')) === 'NOT_SERVING', 10_000);
    expect((await page('/health')).status).toBe(200);
    expect(await ready()).toEqual({ status: 503, missing: ['mongodb', 'redis cache', 'texts'] });
    await expect(readBalance('en')).rejects.toMatchObject({ facts: { status: 14 } });
  });

  test('serves by itself once they are there', async () => {
    await servers.handles.redisCache?.restart();
    await servers.handles.mongo?.restart();
    await role.started;
    await until('it serves', isServing, 10_000);
    await until('it is ready', async () => (await ready()).status === 200, 10_000);
  });

  test('tells a balance in the language asked for, else in the merchant’s', async () => {
    expect(await readBalance('en')).toEqual({ balance: 30, description: 'You have 30 points' });
    expect(await readBalance('ar')).toEqual({ balance: 30, description: 'لديك 30 نقطة' });
    expect(await readBalance('')).toEqual({ balance: 30, description: 'יש לך 30 נקודות' });
    expect(await readBalance('en', randomUUID())).toEqual({ balance: 0, description: 'You have 0 points' });
  });

  test('counts where balances were found', async () => {
    const { body } = await page('/metrics');
    expect(body).toMatch(/points_balance_latency_seconds_count\{source="miss"\} [23]\n/);
    expect(body).toMatch(/points_balance_latency_seconds_count\{source="hit"\} [12]\n/);
    expect(body).toContain('points_grpc_calls_total{method="/points.v1/GetPointsBalance",code="OK"} 4');
    expect(body).toContain('points_errors_total{error_type="DEPENDENCY_UNAVAILABLE"} 1');
  });

  test('lists a customer’s entries, and tells who watches a balance of its change', async () => {
    const client = newClient(grpcPort);
    const metadata = metadataOf({ token });
    const request = { merchant_id: merchantId, customer_id: customerId, page_size: 2, page_token: '' };
    const listed = await new Promise<unknown>((resolve) => {
      client.ListTransactions(request, metadata, { deadline: Date.now() + 5_000 }, (_error, answer) => resolve(answer));
    });
    expect(listed).toMatchObject({ transactions: [{ sequence: '3', balance_after: '30' }, { sequence: '2' }] });
    const customer = randomUUID();
    const watch = openWatch(client, { token, merchantId, customerId: customer, locale: 'en' });
    await until('the watch has begun', () => watch.told.length === 1, 5_000);
    expect((await page('/metrics')).body).toContain('points_balance_watches 1');
    const connection = await redisConnection(servers.addresses.redis.cache, onTestFinished);
    const balance = { merchantId, customerId: customer, balance: -5, sequence: 1 };
    await createBalanceCache({ connection }).putIfNewer([balance]);
    await until('the change is told', () => watch.told.length === 2, 5_000);
    expect(watch.told).toEqual([
      { balance: 0, sequence: 0, description: 'You have 0 points' },
      { balance: -5, sequence: 1, description: 'You owe 5 points' },
    ]);
    watch.hangUp();
    await until('it is over', async () => (await page('/metrics')).body.includes('points_balance_watches 0'), 5_000);
    const { body } = await page('/metrics');
    expect(body).toContain('points_grpc_calls_total{method="/points.v1/WatchPointsBalance",code="CANCELLED"} 1');
    expect(body).not.toContain('points_grpc_latency_seconds_count{method="/points.v1/WatchPointsBalance"}');
  });

  test('goes on from the ledger while Redis is away, and says so', async () => {
    await servers.handles.redisCache?.stop();
    expect(await readBalance('en')).toMatchObject({ balance: 30 });
    expect(await ready()).toEqual({ status: 503, missing: ['redis cache'] });
    expect(await isServing()).toBe(true);
  });

  test('goes on from Redis while the ledger is away, and is not serving while both are', async () => {
    await servers.handles.redisCache?.restart();
    await until('Redis is back', async () => (await ready()).status === 200, 10_000);
    await readBalance('en');
    await servers.handles.mongo?.stop();
    expect(await readBalance('ar')).toEqual({ balance: 30, description: 'لديك 30 نقطة' });
    await expect(readBalance('en', randomUUID())).rejects.toMatchObject({ facts: { status: 14 } });
    expect(await ready()).toEqual({ status: 503, missing: ['mongodb'] });
    expect(await isServing()).toBe(true);
    await servers.handles.redisCache?.stop();
    await until('it is not serving', async () => !(await isServing()), 10_000);
    expect((await page('/health')).status).toBe(200);
  });

  test('serves again when both are back', async () => {
    await servers.handles.redisCache?.restart();
    await servers.handles.mongo?.restart();
    await until('it is ready', async () => (await ready()).status === 200, 30_000);
    await until('it serves', isServing, 10_000);
    expect(await readBalance('en', randomUUID())).toMatchObject({ balance: 0 });
  });

  test('says what is missing while Auth is away', async () => {
    await auth.close();
    await until('it is missed', async () => (await ready()).missing.join() === 'auth', 10_000);
  });

  test('stops in order', async () => {
    expect(await role.lifecycle.stop('test')).toBe(true);
    await expect(page('/health')).rejects.toThrow();
    await expect(readBalance('en')).rejects.toMatchObject({ facts: { status: 14 } });
  });
});
