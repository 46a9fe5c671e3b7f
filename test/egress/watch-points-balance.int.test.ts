import { connect } from 'node:http2';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createAuthClient, createTokenValidator } from '../../src/adapters/auth/index.ts';
import {
  createBalanceCache,
  createBalanceChanges,
  createRedis,
  type RedisConnection,
} from '../../src/adapters/redis/index.ts';
import { createBalanceReader, createBalanceWatcher } from '../../src/balances/index.ts';
import type { Balance, BalanceCache } from '../../src/balances/ports.ts';
import { systemClock } from '../../src/common/clock.ts';
import { DependencyUnavailableError } from '../../src/common/errors.ts';
import { type LogFields, silentLogger } from '../../src/common/logger.ts';
import { pointsService } from '../../src/contracts/grpc/index.ts';
import type { CallOutcome } from '../../src/egress/index.ts';
import type { ServerHandle } from '../../src/ops/dev/server.ts';
import { createFakeBalanceChanges } from '../support/fake-balance-changes.ts';
import { redisConnection } from '../support/redis-connection.ts';
import { startPrivateServers } from '../support/servers.ts';
import { tcpDoor } from '../support/tcp-door.ts';
import { until } from '../support/until.ts';
import { customer, getBalance, merchant, newClient, otherCustomer, otherMerchant } from './grpc-clients.ts';
import { startHarness } from './harness.ts';
import { openWatch, type Watch } from './watch-client.ts';

const scopes = ['merchant:points:view'];
let redis: ServerHandle;
let url: string;
let writer: RedisConnection;
let cache: BalanceCache;

beforeAll(async () => {
  const servers = await startPrivateServers(afterAll, { roles: ['redisCache'] });
  redis = servers.handles.redisCache!;
  url = servers.addresses.redis.cache;
  writer = await redisConnection(url, afterAll);
  cache = createBalanceCache({ connection: writer });
});

const balanceAt = (sequence: number): Balance => ({
  ...{ merchantId: merchant, customerId: customer, balance: sequence * 10, sequence },
});
const put = (sequence: number): Promise<void> => cache.putIfNewer([balanceAt(sequence)]);

interface StartOptions {
  /** Where changes are heard; straight from Redis by default. */
  readonly changesUrl?: string;
  readonly rereadEveryMs?: number;
  readonly deps?: Parameters<typeof startHarness>[0];
}

/** The gRPC server over real Redis; the ledger knows three entries of the customer. */
const start = async ({ changesUrl = url, rereadEveryMs = 600_000, deps }: StartOptions = {}) => {
  await writer.client.flushdb();
  const connection = createRedis({ url: changesUrl, name: 'changes', logger: silentLogger });
  onTestFinished(() => connection.close());
  await connection.whenReady(5_000).catch(() => undefined);
  const changes = createBalanceChanges({ connection, logger: silentLogger });
  onTestFinished(() => changes.close());
  const ledger: { newest: Balance | undefined } = { newest: balanceAt(3) };
  const balances = createBalanceReader({
    ...{ cache, logger: silentLogger, clock: systemClock, observe: () => undefined },
    ledger: { newestBalance: () => Promise.resolve(ledger.newest) },
  });
  const watcher = createBalanceWatcher({ balances, changes, logger: silentLogger, rereadEveryMs });
  const open: number[] = [];
  const harness = await startHarness({ balances, watcher, onWatches: (watches) => open.push(watches), ...deps });
  const token = await harness.auth.issueToken({ merchantId: merchant, scopes });
  return { ...harness, token, ledger, open, isOver: () => until('nobody watches', () => open.at(-1) === 0, 10_000) };
};

const sequencesOf = ({ told }: Watch) => told.map(({ sequence }) => sequence);
const untilTold = (watch: Watch, sequence: number) =>
  until(`sequence ${sequence} is told`, () => watch.told.at(-1)?.sequence === sequence, 15_000);

describe('WatchPointsBalance', () => {
  test('tells the balance there is, then each change, in the language asked for', async () => {
    const { client, token, isOver } = await start();
    const watch = openWatch(client, { token, locale: 'ar' });
    await untilTold(watch, 3);
    await put(4);
    await untilTold(watch, 4);
    await put(7);
    await untilTold(watch, 7);
    expect(watch.told).toEqual([
      { balance: 30, sequence: 3, description: '30 points in ar' },
      { balance: 40, sequence: 4, description: '40 points in ar' },
      { balance: 70, sequence: 7, description: '70 points in ar' },
    ]);
    watch.hangUp();
    expect(await watch.ended).toMatchObject({ code: 'CANCELLED' });
    await isOver();
  });

  test('begins with nothing for a customer nobody has heard of, and may go below it', async () => {
    const { client, token, ledger } = await start();
    ledger.newest = undefined;
    const watch = openWatch(client, { token });
    await untilTold(watch, 0);
    await cache.putIfNewer([{ ...balanceAt(1), balance: -25 }]);
    await untilTold(watch, 1);
    expect(watch.told).toEqual([
      { balance: 0, sequence: 0, description: '0 points in en' },
      { balance: -25, sequence: 1, description: '-25 points in en' },
    ]);
  });

  test('of a hundred changes at once tells the newest, to two who watch alike, and never goes back', async () => {
    const { client, token, port } = await start();
    const watches = [openWatch(client, { token }), openWatch(newClient(port), { token })];
    for (const watch of watches) await untilTold(watch, 3);
    const sequences = Array.from({ length: 100 }, (_, index) => index + 4);
    await Promise.all(sequences.map(put));
    for (const watch of watches) {
      await untilTold(watch, 103);
      expect(sequencesOf(watch)).toEqual(sequencesOf(watch).toSorted((one, other) => one - other));
      expect(new Set(sequencesOf(watch)).size).toBe(watch.told.length);
    }
  });

  test('tells who reads slowly the newest, and keeps no more for them than is on its way', async () => {
    let made = 0;
    const { client, token } = await start({
      deps: {
        describeBalance: (_locale, _merchantId, balance) => {
          made += 1;
          return Promise.resolve(`${balance} ${'x'.repeat(8_000)}`);
        },
      },
    });
    const watch = openWatch(client, { token });
    await untilTold(watch, 3);
    watch.pause();
    for (let sequence = 4; sequence <= 1_003; sequence += 1) await put(sequence);
    await until(
      'the server has heard of the last',
      async () => (await getBalance(client, { token })).balance === '10030',
      5_000,
    );
    const whilePaused = made;
    expect(whilePaused).toBeLessThan(100);
    watch.resume();
    await untilTold(watch, 1_003);
    expect(watch.told.length).toBeLessThan(100);
  });

  test('begins its stream with the correlation id, and is accounted for when it is over', async () => {
    const calls: CallOutcome[] = [];
    const lines: LogFields[] = [];
    const { client, token } = await start({
      deps: {
        onCall: (call) => calls.push(call),
        logger: { ...silentLogger, debug: (fields) => lines.push(fields) },
      },
    });
    const watch = openWatch(client, { token, metadata: { 'x-correlation-id': 'abc' } });
    expect((await watch.headers).get('x-correlation-id')).toEqual(['abc']);
    await untilTold(watch, 3);
    expect(calls).toEqual([]);
    watch.hangUp();
    await until('it is over', () => calls.length > 0, 5_000);
    expect(calls).toMatchObject([{ method: '/points.v1/WatchPointsBalance', code: 'CANCELLED', streamed: true }]);
    expect(lines).toContainEqual(
      expect.objectContaining({
        correlation_id: 'abc',
        merchant_id: merchant,
        customer_id: customer,
        code: 'CANCELLED',
      }),
    );
    expect(JSON.stringify(lines)).not.toContain(token);
  });

  test('lasts longer than other calls may, and ends at the deadline its client set', async () => {
    const { client, token, isOver } = await start({ deps: { maxCallMs: 200 } });
    const watch = openWatch(client, { token, deadlineMs: 700 });
    await untilTold(watch, 3);
    expect(await watch.ended).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await isOver();
  });

  test('is bounded in time while its request does not arrive', async () => {
    const { port } = await start({ deps: { maxCallMs: 200 } });
    const session = connect(`http://127.0.0.1:${port}`);
    onTestFinished(() => session.destroy());
    const stream = session.request({
      ...{ ':method': 'POST', ':path': '/points.v1/WatchPointsBalance' },
      ...{ 'content-type': 'application/grpc', te: 'trailers' },
    });
    const grpcStatus = await new Promise((resolve) => {
      stream.on('response', (headers) => resolve(headers['grpc-status']));
    });
    expect(grpcStatus).toBe('4');
  });
});

test('A request that ends after its time is over is no watch: nobody would end it', async () => {
  const { client, port, token, open, isOver } = await start({ deps: { maxCallMs: 200 } });
  const session = connect(`http://127.0.0.1:${port}`);
  onTestFinished(() => session.destroy());
  const stream = session.request({
    ...{ ':method': 'POST', ':path': '/points.v1/WatchPointsBalance', authorization: `Bearer ${token}` },
    ...{ 'content-type': 'application/grpc', te: 'trailers' },
  });
  const over = new Promise((resolve) => stream.on('response', resolve));
  const { requestSerialize } = pointsService.WatchPointsBalance;
  const message = requestSerialize({ merchant_id: merchant, customer_id: customer, locale: 'en' });
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  stream.write(Buffer.concat([prefix, message]));
  await over;
  stream.end();
  // A watch on a connection of its own, begun and ended after it, shows that the server has seen the end.
  const watch = openWatch(client, { token });
  await untilTold(watch, 3);
  watch.hangUp();
  await isOver();
  expect(open).toEqual([1, 0]);
});

describe('a change that nobody told', () => {
  test('while Redis could not be heard is told when it can', async () => {
    const door = await tcpDoor(Number(new URL(url).port), onTestFinished);
    const { client, token } = await start({ changesUrl: `127.0.0.1:${door.port}` });
    const watch = openWatch(client, { token });
    await untilTold(watch, 3);
    await put(4);
    await untilTold(watch, 4);
    await door.close();
    await put(5);
    await door.open();
    await untilTold(watch, 5);
    await put(6);
    await untilTold(watch, 6);
  });

  test('while Redis was dead is told when it lives, and its memory with it gone', async () => {
    const { client, token, ledger } = await start();
    const watch = openWatch(client, { token });
    await untilTold(watch, 3);
    redis.kill('SIGKILL');
    await redis.exited;
    ledger.newest = balanceAt(8);
    const late = openWatch(client, { token });
    await untilTold(late, 8);
    await redis.restart();
    await writer.whenReady(10_000);
    await writer.client.flushdb();
    for (const one of [watch, late]) await untilTold(one, 8);
    await put(9);
    for (const one of [watch, late]) await untilTold(one, 9);
    expect(sequencesOf(watch)).toEqual([3, 8, 9]);
  });

  test('ever is told after a while', async () => {
    const changes = createFakeBalanceChanges();
    let sequence = 3;
    const watcher = createBalanceWatcher({
      ...{ changes, logger: silentLogger, rereadEveryMs: 100 },
      balances: { read: () => Promise.resolve(balanceAt(sequence)) },
    });
    const { client, token } = await start({ deps: { watcher } });
    const watch = openWatch(client, { token });
    await untilTold(watch, 3);
    sequence = 4;
    await untilTold(watch, 4);
  });
});

describe('who may watch', () => {
  test('is who may read, and every refusal reads the same', async () => {
    const { auth, client, token, open } = await start();
    const own = await auth.issueToken({ merchantId: merchant, scopes: ['customer:points:view'], customerId: customer });
    await untilTold(openWatch(client, { token: own }), 3);
    const ends = [
      openWatch(client, { token: own, customerId: otherCustomer }),
      openWatch(client, { token, merchantId: otherMerchant }),
      openWatch(client, { token: await auth.issueToken({ merchantId: merchant, scopes: ['merchant:points:redeem'] }) }),
    ];
    for (const { ended, told } of ends) {
      expect(await ended).toEqual({ code: 'PERMISSION_DENIED', details: 'The token does not allow this' });
      expect(told).toEqual([]);
    }
    expect(await openWatch(client, {}).ended).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await openWatch(client, { customerId: '4711' }).ended).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await openWatch(client, { token, customerId: '4711' }).ended).toEqual({
      ...{ code: 'INVALID_ARGUMENT', details: 'Must be a UUID: customer_id' },
    });
    expect(open).toEqual([1]);
  });

  test('may no longer when the token expires, to the second', async () => {
    const { auth, client, isOver } = await start();
    const token = await auth.issueToken({ merchantId: merchant, scopes, expiresInSeconds: 3 });
    const watch = openWatch(client, { token });
    await untilTold(watch, 3);
    const started = performance.now();
    expect(await watch.ended).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(performance.now() - started).toBeLessThan(4_000);
    await isOver();
  });

  /** A server that remembers a token for a moment only. */
  const startForgetful = async () => {
    const first = await start();
    const auth = createAuthClient({ host: first.auth.address, clock: systemClock, timeoutMs: 800 });
    onTestFinished(() => auth.close());
    const tokens = createTokenValidator({ auth, clock: systemClock, acceptedForMs: 200, refreshAheadMs: 100 });
    const { client, isOver } = await start({ deps: { tokens, tokenEveryMs: 50 } });
    return { auth: first.auth, token: first.token, client, isOver };
  };

  test('may no longer when the token is revoked', async () => {
    const { auth, token, client, isOver } = await startForgetful();
    const watch = openWatch(client, { token });
    await untilTold(watch, 3);
    await auth.revoke(token);
    expect(await watch.ended).toMatchObject({ code: 'UNAUTHENTICATED' });
    await isOver();
    await put(4);
    expect(sequencesOf(watch)).toEqual([3]);
  });

  test('may not while nobody can say so, since Auth is away', async () => {
    const { auth, token, client, isOver } = await startForgetful();
    const watch = openWatch(client, { token });
    await untilTold(watch, 3);
    await auth.close();
    expect(await watch.ended).toMatchObject({ code: 'UNAVAILABLE' });
    await isOver();
  });

  test('is bounded in number, by token and by server, and gets a place again when one is left', async () => {
    const { auth, client, token, open } = await start({ deps: { maxWatches: 3, maxWatchesPerToken: 2 } });
    const [first, second] = [openWatch(client, { token }), openWatch(client, { token })];
    for (const watch of [first, second]) await untilTold(watch, 3);
    expect(await openWatch(client, { token }).ended).toEqual({
      ...{ code: 'RESOURCE_EXHAUSTED', details: 'Too many open streams of this token' },
    });
    const another = await auth.issueToken({ merchantId: merchant, scopes });
    await untilTold(openWatch(client, { token: another }), 3);
    expect(await openWatch(client, { token: another }).ended).toEqual({
      ...{ code: 'RESOURCE_EXHAUSTED', details: 'Too many open streams of this server' },
    });
    first.hangUp();
    await until('a place is free', () => open.at(-1) === 2, 5_000);
    await untilTold(openWatch(client, { token: another }), 3);
  });
});

describe('a watch ends', () => {
  test('UNAVAILABLE, with others told what failed, when there is no balance to begin with', async () => {
    const errors: string[] = [];
    const watcher = createBalanceWatcher({
      ...{ changes: createFakeBalanceChanges(), logger: silentLogger },
      balances: { read: () => Promise.reject(new DependencyUnavailableError('MongoDB')) },
    });
    const { client, token, isOver } = await start({ deps: { watcher, onError: (code) => errors.push(code) } });
    expect(await openWatch(client, { token }).ended).toEqual({
      ...{ code: 'UNAVAILABLE', details: 'Temporarily unavailable, try again' },
    });
    expect(errors).toEqual(['DEPENDENCY_UNAVAILABLE']);
    await isOver();
  });

  test('INTERNAL, without a word of the reason, when the server is at fault', async () => {
    const { client, token, isOver } = await start({
      deps: { describeBalance: () => Promise.reject(new TypeError('secret detail')) },
    });
    expect(await openWatch(client, { token }).ended).toEqual({ code: 'INTERNAL', details: 'Internal error' });
    await isOver();
  });

  test('UNAVAILABLE and at once when the server shuts down, so that its client goes elsewhere', async () => {
    const { client, token, server, isOver } = await start();
    const watches = Array.from({ length: 20 }, () => openWatch(client, { token }));
    for (const watch of watches) await untilTold(watch, 3);
    const started = performance.now();
    await server.close();
    expect(performance.now() - started).toBeLessThan(4_000);
    for (const { ended } of watches) expect(await ended).toMatchObject({ code: 'UNAVAILABLE' });
    await isOver();
  });

  test('when its client is gone without a word', async () => {
    const { port, token, isOver } = await start();
    const door = await tcpDoor(port, onTestFinished);
    await untilTold(openWatch(newClient(door.port), { token }), 3);
    await door.close();
    await isOver();
  });
});
