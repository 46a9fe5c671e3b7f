import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { UUID } from 'mongodb';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { loadConfig, prepareProcess, type RunningRoles } from '../../src/app/index.ts';
import { setUp } from '../../src/app/setup.ts';
import { silentLogger } from '../../src/common/logger.ts';
import { type AuthServer, startAuthServer } from '../../src/ops/dev/auth-server.ts';
import { parseMetrics } from '../../src/ops/dev/metrics.ts';
import { freePortOffset, portsAt } from '../../src/ops/dev/ports.ts';
import { sendWebhook } from '../../src/ops/dev/send-webhook.ts';
import { getBalance, healthStatus, newClient } from '../egress/grpc-clients.ts';
import { type Decider, startDecider } from '../support/decider.ts';
import { preparedDatabase } from '../support/mongo-database.ts';
import { type GeneratedDelivery, generateOrders } from '../support/order-generator.ts';
import { redisConnection } from '../support/redis-connection.ts';
import { sharedServers, temporaryFolder } from '../support/servers.ts';
import { type SlowDoor, slowDoor } from '../support/slow-door.ts';
import { until, untilCounted } from '../support/until.ts';

/** Longer than a door allows for its work, shorter than a command of Redis may take. */
const slowMs = 150;
/** Several times what a door lets in once it has learnt how slow its store is, so that hardly ever a place is free. */
const floodWorkers = { webhooks: 200, reads: 200 } as const;
/** Sooner than who is shed is asked to come back, and seldom enough to leave this process time for the service. */
const comeBackMs = 300;
const shedCode = 'RESOURCE_EXHAUSTED';
const greedy = 0;
const small = 1;

let env: Record<string, string>;
let cacheDoor: SlowDoor;
let stateDoor: SlowDoor;
let run: ReturnType<typeof generateOrders>;
let auth: AuthServer;
let decider: Decider;

beforeAll(async () => {
  const { brokers, registry, mongo, redis } = sharedServers();
  const connection = await preparedDatabase(mongo, afterAll);
  cacheDoor = await slowDoor(Number(new URL(redis.cache).port), afterAll);
  stateDoor = await slowDoor(Number(new URL(redis.state).port), afterAll);
  auth = await startAuthServer({ port: 0, keyFolder: await temporaryFolder('auth') });
  afterAll(() => auth.close());
  const seed = randomInt(1, 1_000_000_000);
  run = generateOrders({ seed, orders: 6_000, customers: 2, merchants: 2, repeatEvery: 10_000, startMs: Date.now() });
  env = {
    ...{ KAFKA_BROKER: brokers.join(), SCHEMA_REGISTRY_URL: registry, POINTS_DB_HOST: mongo },
    ...{ POINTS_DB_NAME: connection.database.databaseName, AUTH_HOST: auth.address },
    ...{ REDIS_HOST: `127.0.0.1:${cacheDoor.port}`, REDIS_STATE_HOST: `127.0.0.1:${stateDoor.port}` },
    ...{ POINTS_HTTP_HOST: '127.0.0.1', POINTS_HTTP_PORT: '0', POINTS_GRPC_HOST: '127.0.0.1' },
  };
  await setUp(loadConfig(env, ['setup']), silentLogger);
  await connection.database.collection('merchants').insertMany(
    run.merchants.map(({ merchantId, shopDomain, secret, currency }) => ({
      ...{ merchant_id: new UUID(merchantId), shop_domain: shopDomain, webhook_secrets: [secret], currency },
      earning_rule: { points: 1, per_minor_units: 100 },
    })),
  );
  const state = await redisConnection(redis.state, afterAll);
  decider = await startDecider({ brokers: [...brokers], registry, redis: state, onEnd: afterAll });
}, 60_000);

const base = ({ httpPort }: RunningRoles): string => `http://127.0.0.1:${String(httpPort)}`;

const metric = async (role: RunningRoles, name: string, door: string): Promise<number> => {
  const page = await (await fetch(`${base(role)}/metrics`)).text();
  const lines = page.split('\n').filter((line) => line.startsWith(`${name}{door="${door}"`));
  return parseMetrics(lines.join('\n')).get(name) ?? 0;
};

/** The door has learnt how slow its work is: it lets in the least, and what it had let in before is through. */
const hasClosed = (role: RunningRoles, door: string, least: number) => async (): Promise<boolean> => {
  const limit = await metric(role, 'points_admission_limit', door);
  return limit === least && (await metric(role, 'points_admission_in_flight', door)) <= least;
};

/** Calls by many at once, over and over, until it is stopped. Whoever is shed comes again, sooner than it should. */
const flood = (size: number, call: () => Promise<string>) => {
  const answers = new Map<string, number>();
  let isOver = false;
  const worker = async (): Promise<void> => {
    while (!isOver) {
      const answer = await call();
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
      if (answer !== 'taken') await sleep(comeBackMs);
    }
  };
  const workers = Promise.all(Array.from({ length: size }, worker));
  const stop = async (): Promise<void> => {
    isOver = true;
    await workers;
  };
  onTestFinished(stop);
  return { answers, stop };
};

const inTurn = async <Answer>(times: number, call: () => Promise<Answer>): Promise<readonly Answer[]> => {
  const answers: Answer[] = [];
  for (let time = 0; time < times; time += 1) answers.push(await call());
  return answers;
};

describe('ingress, when one merchant sends more than its store can keep up with', () => {
  test('sheds that merchant and takes what the other sends; what it has acknowledged is on the topic', async () => {
    const role = await prepareProcess('ingress', env, () => silentLogger).start();
    onTestFinished(async () => {
      await role.lifecycle.stop('test');
    });
    await role.started;
    const acknowledged: string[] = [];
    const queues = run.merchants.map((of) => run.deliveries.filter(({ merchant }) => merchant === of));
    const send = async ({ merchant, webhookId, shopifyEventId: eventId, body, expected }: GeneratedDelivery) => {
      const { shopDomain, secret } = merchant;
      const delivery = { shopDomain, secret, webhookId, eventId, triggeredAt: 0, body };
      const { status, text } = await sendWebhook(base(role), delivery);
      if (status === 200) acknowledged.push(expected.eventId);
      return status === 200 ? 'taken' : (JSON.parse(text) as { readonly reason: string }).reason;
    };
    const next = (merchant: number): GeneratedDelivery => queues[merchant]!.pop()!;

    stateDoor.delayMs = slowMs;
    const flooding = flood(floodWorkers.webhooks, () => send(next(greedy)));
    await until('the door has closed as far as it may', hasClosed(role, 'webhooks', 32), 30_000);
    expect(new Set(await inTurn(10, () => send(next(small))))).toEqual(new Set(['taken']));
    expect((await fetch(`${base(role)}/health`)).status).toBe(200);
    expect(await metric(role, 'points_shed_total', 'webhooks')).toBeGreaterThan(0);
    await flooding.stop();
    expect(new Set(flooding.answers.keys())).toEqual(new Set(['taken', 'overloaded']));

    stateDoor.delayMs = 0;
    const shed = await metric(role, 'points_shed_total', 'webhooks');
    const after = await Promise.all(Array.from({ length: 20 }, () => send(next(greedy))));
    expect(new Set(after)).toEqual(new Set(['taken']));
    expect(await metric(role, 'points_shed_total', 'webhooks')).toBe(shed);
    expect(await metric(role, 'points_admission_in_flight', 'webhooks')).toBe(0);

    const published = async (): Promise<number> => {
      const there = new Set(decider.commands.map(({ event_id }) => event_id));
      return acknowledged.filter((id) => there.has(id)).length;
    };
    // What Kafka did not take in time, on a machine that is slow, waits in the offline queue first.
    await untilCounted('What is acknowledged and on the topic', published, acknowledged.length, 30_000);
    expect(acknowledged.length).toBeGreaterThan(floodWorkers.webhooks / 2);
  }, 120_000);
});

describe('balances-server, when one merchant asks more than its store can keep up with', () => {
  test('sheds that merchant and answers the other', async () => {
    const port = portsAt(await freePortOffset()).grpc;
    const settings = { ...env, POINTS_GRPC_PORT: String(port) };
    const role = await prepareProcess('balances-server', settings, () => silentLogger).start();
    onTestFinished(async () => {
      await role.lifecycle.stop('test');
    });
    await role.started;
    const scopes = ['merchant:points:view'];
    const tokens = await Promise.all(run.merchants.map(({ merchantId }) => auth.issueToken({ merchantId, scopes })));
    const clients = [newClient(port), newClient(port), newClient(port)] as const;
    let turn = 0;
    const read = async (merchant: number): Promise<string> => {
      const { merchantId } = run.merchants[merchant]!;
      const asked = { token: tokens[merchant]!, merchantId, customerId: randomUUID(), deadlineMs: 20_000 };
      const { code } = await getBalance(clients[(turn += 1) % clients.length]!, asked);
      return code === 'OK' ? 'taken' : code;
    };
    expect([await read(greedy), await read(small)]).toEqual(['taken', 'taken']);

    cacheDoor.delayMs = slowMs;
    const flooding = flood(floodWorkers.reads, () => read(greedy));
    await until('the door has closed as far as it may', hasClosed(role, 'reads', 64), 30_000);
    expect(await inTurn(10, () => read(small))).not.toContain(shedCode);
    expect((await fetch(`${base(role)}/health`)).status).toBe(200);
    // It is answered; what it says depends on a store that is slow.
    expect(['SERVING', 'NOT_SERVING']).toContain(await healthStatus(port, 'points.v1'));
    await flooding.stop();
    // UNAVAILABLE is what a slow store itself comes to, on a machine that is slow besides.
    flooding.answers.delete('UNAVAILABLE');
    expect(new Set(flooding.answers.keys())).toEqual(new Set(['taken', shedCode]));

    cacheDoor.delayMs = 0;
    const shed = await metric(role, 'points_shed_total', 'reads');
    const after = await Promise.all(Array.from({ length: 40 }, () => read(greedy)));
    expect(after).not.toContain(shedCode);
    expect(await metric(role, 'points_shed_total', 'reads')).toBe(shed);
  });
});
