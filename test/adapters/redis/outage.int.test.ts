import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  createBalanceCache,
  createOutcomeBoard,
  createProcessedLookup,
  createProcessedMarks,
  createRedis,
  type RedisConnection,
} from '../../../src/adapters/redis/index.ts';
import { ConfigError, DependencyUnavailableError } from '../../../src/common/errors.ts';
import { type LogFields, silentLogger } from '../../../src/common/logger.ts';
import { createOutcomeTeller, markProcessed } from '../../../src/sinks/index.ts';
import type { ServerHandle } from '../../../src/ops/dev/server.ts';
import { outcomeKey, outcomeOf } from '../../../src/contracts/index.ts';
import { auditEntries } from '../../support/audit-entries.ts';
import { redemptionSteps } from '../../support/redemption-steps.ts';
import { redisConnection } from '../../support/redis-connection.ts';
import { startPrivateServers } from '../../support/servers.ts';
import { until } from '../../support/until.ts';

let redis: ServerHandle;
let url: string;

beforeAll(async () => {
  const servers = await startPrivateServers(afterAll, { roles: ['redisState'], env: { POINTS_NO_DOCKER: '1' } });
  redis = servers.handles.redisState!;
  url = servers.addresses.redis.state;
});

const lines: string[] = [];
const logger = {
  ...silentLogger,
  warn: (_: LogFields, message: string) => void lines.push(message),
  info: (_: LogFields, message: string) => void lines.push(message),
};

const connect = (commandTimeoutMs = 250): Promise<RedisConnection> =>
  redisConnection(url, onTestFinished, { logger, commandTimeoutMs });

const configure = async ({ client }: RedisConnection, setting: string, value: string): Promise<void> => {
  await client.config('SET', setting, value);
};

const millisecondsOf = async (work: Promise<unknown>): Promise<number> => {
  const since = performance.now();
  await work;
  return performance.now() - since;
};

const one = { merchantId: randomUUID(), customerId: randomUUID(), balance: 120, sequence: 3 };

const steps = redemptionSteps();
const toldOf = (status: 'pending' | 'completed') => outcomeOf({ ...steps[status], kind: 'redemption' });

/** Whatever is asked of a Redis that is not there. */
const askEverything = async (connection: RedisConnection): Promise<void> => {
  const cache = createBalanceCache({ connection });
  const away = [
    cache.get(one.merchantId, one.customerId),
    cache.putIfNewer([one]),
    createProcessedMarks(connection).mark(auditEntries(2)),
    createOutcomeBoard(connection).tell([toldOf('pending')]),
    connection.ping(),
  ];
  await Promise.all(away.map((answer) => expect(answer).rejects.toThrow(DependencyUnavailableError)));
  const errors: Error[] = [];
  const lookup = createProcessedLookup({ connection, onError: (error) => errors.push(error) });
  expect(await lookup.isProcessed(one.merchantId, randomUUID(), null)).toBe(false);
  expect(errors).toHaveLength(1);
};

describe('a Redis that is killed', () => {
  test('fails every call at once, is logged once, and serves again by itself', async () => {
    const connection = await connect(30_000);
    lines.length = 0;
    redis.kill('SIGKILL');
    await redis.exited;
    await until('the client has seen it', () => connection.client.status !== 'ready', 5_000);
    expect(await millisecondsOf(askEverything(connection))).toBeLessThan(5_000);
    await expect(connection.whenReady(300)).rejects.toThrow(DependencyUnavailableError);
    await askEverything(connection);
    await redis.restart();
    await connection.whenReady(5_000);
    await createBalanceCache({ connection }).putIfNewer([one]);
    expect(lines).toEqual(['Redis is away', 'Redis is back']);
  });
});

describe('a Redis that is frozen', () => {
  test('is given up after the time-out of a command, and serves again by itself', async () => {
    const connection = await connect();
    redis.kill('SIGSTOP');
    onTestFinished(() => redis.kill('SIGCONT'));
    expect(await millisecondsOf(askEverything(connection))).toBeLessThan(5_000);
    await until('the silent connection is dropped', () => connection.client.status !== 'ready', 5_000);
    await askEverything(connection);
    redis.kill('SIGCONT');
    await connection.whenReady(10_000);
    await connection.ping();
  });
});

describe('a Redis that is full', () => {
  test('refuses what is new, forgets what is old rather than lie, and still answers', async () => {
    const connection = await connect();
    const cache = createBalanceCache({ connection });
    const marks = createProcessedMarks(connection);
    const lookup = createProcessedLookup({ connection });
    const [entry] = auditEntries(1);
    await cache.putIfNewer([one]);
    await configure(connection, 'maxmemory', '1');
    onTestFinished(() => configure(connection, 'maxmemory', '0'));

    const counted: number[] = [];
    await markProcessed({ marks, logger: silentLogger, onUnmarked: (entries) => counted.push(entries) }, [entry!]);
    expect(counted).toEqual([1]);
    expect(await lookup.isProcessed(entry!.merchant_id, entry!.event_id, entry!.delivery_id)).toBe(false);

    await cache.putIfNewer([{ ...one, balance: 100, sequence: 2 }]);
    expect(await cache.get(one.merchantId, one.customerId)).toEqual(one);
    const newer = { ...one, balance: 150, sequence: 4 };
    await expect(cache.putIfNewer([newer])).rejects.toThrow(DependencyUnavailableError);
    expect(await cache.get(one.merchantId, one.customerId)).toBeUndefined();

    await configure(connection, 'maxmemory', '0');
    await cache.putIfNewer([newer]);
    expect(await cache.get(one.merchantId, one.customerId)).toEqual(newer);
  });
});

describe('a Redis that is full, for those who wait for a redemption', () => {
  test('does not keep it as pending when it has ended: they look elsewhere, until it is told again', async () => {
    const connection = await connect();
    const [pending, completed] = [toldOf('pending'), toldOf('completed')];
    const held = () => connection.client.get(outcomeKey(pending.merchant_id, pending.event_id));
    const counted: number[] = [];
    const tell = createOutcomeTeller({
      board: createOutcomeBoard(connection),
      logger: silentLogger,
      onUntold: (outcomes) => counted.push(outcomes),
    });
    await tell([pending]);
    await configure(connection, 'maxmemory', '1');
    onTestFinished(() => configure(connection, 'maxmemory', '0'));
    await tell([completed]);
    expect([await held(), counted]).toEqual([null, [1]]);
    await configure(connection, 'maxmemory', '0');
    await tell([outcomeOf({ ...redemptionSteps().pending, kind: 'redemption' })]);
    expect(JSON.parse((await held()) ?? 'null')).toEqual(completed);
  });
});

describe('a Redis that asks for a password', () => {
  test('is away with a wrong one, and no error or log line tells it', async () => {
    const keeper = await connect();
    await configure(keeper, 'requirepass', 'right-password');
    onTestFinished(() => configure(keeper, 'requirepass', ''));
    const told: string[] = [];
    const tell = (fields: LogFields, message: string) => void told.push(JSON.stringify(fields) + message);
    const stranger = createRedis({
      url: url.replace('redis://', 'redis://:wrong-password@'),
      name: 'state',
      logger: { ...silentLogger, warn: tell, info: tell, error: tell },
    });
    onTestFinished(() => stranger.close());
    await until('it is refused', () => told.length > 0, 5_000);
    const failure = await createBalanceCache({ connection: stranger })
      .get('m', 'c')
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DependencyUnavailableError);
    expect(JSON.stringify([told, failure, String(failure)])).not.toContain('wrong-password');
  });
});

describe('a Redis that is not there from the start', () => {
  test('makes nobody wait, and an address that cannot be read is told without its password', async () => {
    const connection = createRedis({
      url: '127.0.0.1:1',
      name: 'cache',
      logger: silentLogger,
      commandTimeoutMs: 30_000,
    });
    onTestFinished(() => connection.close());
    expect(await millisecondsOf(askEverything(connection))).toBeLessThan(5_000);
    const make = () => createRedis({ url: 'redis://:hush@host:no-port', name: 'cache', logger: silentLogger });
    expect(make).toThrow(ConfigError);
    expect(make).not.toThrow('hush');
  });
});
