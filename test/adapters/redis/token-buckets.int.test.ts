import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTokenBuckets, type RedisConnection } from '../../../src/adapters/redis/index.ts';
import { DependencyUnavailableError } from '../../../src/common/errors.ts';
import type { TokenBuckets, TokenRequest } from '../../../src/streams/index.ts';
import { redisConnection } from '../../support/redis-connection.ts';
import { sharedServers } from '../../support/servers.ts';

let connection: RedisConnection;
let buckets: TokenBuckets;

beforeAll(async () => {
  connection = await redisConnection(sharedServers().redis.state, afterAll, { commandTimeoutMs: 2_000 });
  buckets = createTokenBuckets(connection);
});

const keyOf = (merchantId: string): string => `rate_limit:${merchantId}:points`;

/** Milliseconds by the server's clock. */
const serverNow = async (): Promise<number> => {
  const [seconds, micros] = await connection.client.time();
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
};

const take = async (wanted: number, changes: Partial<TokenRequest>): Promise<number> => {
  const request = { key: randomUUID(), wanted, ratePerSecond: 40, burst: 40, ...changes };
  const [granted] = await buckets.take([request], 0);
  return granted!;
};

/** The bucket as if it had been left with so many tokens so long ago. */
const leaveBucket = async (key: string, tokens: number, agoMs: number, ratePerSecond = 40): Promise<void> => {
  const at_ms = (await serverNow()) - agoMs;
  await connection.client.hset(keyOf(key), { tokens, at_ms, rate_per_second: ratePerSecond, burst: 40 });
};

/** What flows in in so long; the test may have held things up for two seconds. */
const expectInflow = (granted: number, ofMs: number, ratePerSecond: number): void => {
  expect(granted).toBeGreaterThanOrEqual(Math.floor((ofMs * ratePerSecond) / 1_000));
  expect(granted).toBeLessThanOrEqual(((ofMs + 2_000) * ratePerSecond) / 1_000);
};

describe('a bucket in Redis', () => {
  test('grants its burst at once', async () => {
    const key = randomUUID();
    expect(await take(30, { key, ratePerSecond: 0.001 })).toBe(30);
    expect(await take(30, { key, ratePerSecond: 0.001 })).toBe(10);
    expect(await take(30, { key, ratePerSecond: 0.001 })).toBe(0);
    expect(await take(0, {})).toBe(0);
    expect(await take(-1, {})).toBe(0);
  });

  test('grants afterwards what flows in by the clock of the server', async () => {
    const key = randomUUID();
    await leaveBucket(key, 0, 1_000, 10);
    expectInflow(await take(1_000, { key, ratePerSecond: 10 }), 1_000, 10);
    await leaveBucket(key, 0, 50_000, 10);
    expect(await take(1_000, { key, ratePerSecond: 10 })).toBe(40);
  });

  test('keeps to its rate over two seconds of being asked without a pause', async () => {
    const key = randomUUID();
    // So large a burst that a pause of the machine cannot fill the bucket.
    const [ratePerSecond, burst] = [200, 1_000];
    const before = await serverNow();
    let granted = await take(5_000, { key, ratePerSecond, burst });
    const after = await serverNow();
    let asked = 0;
    let last = after;
    while (last < after + 2_000) {
      last = await serverNow();
      granted += await take(5_000, { key, ratePerSecond, burst });
      asked += 1;
    }
    const end = await serverNow();
    expect(asked).toBeGreaterThan(5);
    expect(granted).toBeLessThanOrEqual(burst + ((end - before) * ratePerSecond) / 1_000);
    expect(granted).toBeGreaterThan(burst + ((last - after) * ratePerSecond) / 1_000 - 1);
  });

  test('loses no part of a token, however small, to being asked often', async () => {
    const key = randomUUID();
    await leaveBucket(key, 0.5, 0, 0.001);
    const from = Number(await connection.client.hget(keyOf(key), 'at_ms'));
    for (let n = 0; n < 50; n += 1) expect(await take(1, { key, ratePerSecond: 0.001 })).toBe(0);
    const [tokens, at] = await connection.client.hmget(keyOf(key), 'tokens', 'at_ms');
    expect(tokens).toBe((0.5 + (Number(at) - from) / 1_000_000).toFixed(6));
  });

  test('fills by another rate, and to another burst, from when it is told', async () => {
    const key = randomUUID();
    await leaveBucket(key, 0, 1_000, 10);
    expectInflow(await take(1_000, { key, ratePerSecond: 100, burst: 100 }), 1_000, 10);
    expect(await connection.client.hmget(keyOf(key), 'rate_per_second', 'burst')).toEqual(['100', '100']);
    await leaveBucket(key, 0, 10_000, 100);
    expect(await take(1_000, { key, ratePerSecond: 2, burst: 2 })).toBe(2);
  });

  test('tells others where the merchant stands, and is gone a minute after it was asked for last', async () => {
    const key = randomUUID();
    await take(15, { key });
    const { at_ms, ...rest } = await connection.client.hgetall(keyOf(key));
    expect(rest).toEqual({ tokens: '25.000000', rate_per_second: '40', burst: '40' });
    expect(Math.abs(Number(at_ms) - (await serverNow()))).toBeLessThan(5_000);
    expect(await connection.client.ttl(keyOf(key))).toBe(60);
    await connection.client.expire(keyOf(key), 5);
    await take(0, { key });
    expect(await connection.client.ttl(keyOf(key))).toBe(60);
  });

  test('that takes longer than a minute to fill up is kept for so long', async () => {
    const key = randomUUID();
    await take(1, { key, ratePerSecond: 0.1, burst: 40 });
    expect(await connection.client.ttl(keyOf(key))).toBe(400);
  });

  test('grants nothing more when the clock of the server is set back, and fills again from the new time on', async () => {
    const key = randomUUID();
    await leaveBucket(key, 3, -7_200_000);
    expect(await take(10, { key, ratePerSecond: 1 })).toBe(3);
    expect(Number(await connection.client.hget(keyOf(key), 'at_ms'))).toBeLessThanOrEqual(await serverNow());
  });

  test('writes over what is no bucket', async () => {
    const [text, strange] = [randomUUID(), randomUUID()];
    await connection.client.set(keyOf(text), 'x');
    await connection.client.hset(keyOf(strange), { tokens: 'many', at_ms: '' });
    expect(await take(100, { key: text })).toBe(40);
    expect(await take(100, { key: strange })).toBe(40);
  });
});

describe('taking for many keys', () => {
  test('answers each in order, several of one key too', async () => {
    const [a, b] = [randomUUID(), randomUUID()];
    const limits = { ratePerSecond: 0.001, burst: 40 };
    const wanted = [
      [a, 30],
      [b, 50],
      [a, 30],
      [b, 0],
    ] as const;
    const requests = wanted.map(([key, count]) => ({ key, wanted: count, ...limits }));
    expect(await buckets.take(requests, 0)).toEqual([30, 40, 10, 0]);
    expect(await buckets.take([], 0)).toEqual([]);
  });

  test('is one write to the connection and one script call a key', async () => {
    const keys = Array.from({ length: 500 }, () => randomUUID());
    const requests = keys.map((key) => ({ key, wanted: 7, ratePerSecond: 40, burst: 40 }));
    await buckets.take(requests, 0);
    const counted = await countCommands(() => buckets.take(requests, 0));
    expect(counted.answer).toEqual(keys.map(() => 7));
    expect(counted.sent).toEqual({ evalsha: 500 });
    expect(counted.roundTrips).toBe(1);
  });

  test('two who race for one bucket are together granted no more than it holds', async () => {
    const key = randomUUID();
    const grants = await Promise.all(Array.from({ length: 100 }, () => take(3, { key, ratePerSecond: 0.001 })));
    expect(grants.reduce((sum, granted) => sum + granted, 0)).toBe(40);
  });

  test('sent twice, as by a client that lost the answer, it never grants more', async () => {
    const key = randomUUID();
    const request = { key, wanted: 30, ratePerSecond: 0.001, burst: 40 };
    const lost = await buckets.take([request], 0);
    expect([lost, await buckets.take([request], 0)]).toEqual([[30], [10]]);
  });

  test('brings its script again to a server that has lost it', async () => {
    const key = randomUUID();
    await connection.client.script('FLUSH');
    expect(await take(30, { key, ratePerSecond: 0.001 })).toBe(30);
    await connection.client.script('FLUSH');
    expect(await take(30, { key, ratePerSecond: 0.001 })).toBe(10);
  });

  test('rejects when one key cannot be answered', async () => {
    const bad = { key: randomUUID(), wanted: 1, ratePerSecond: 40, burst: Number.NaN };
    const good = { ...bad, key: randomUUID(), burst: 40 };
    await expect(buckets.take([good, bad], 0)).rejects.toThrow(DependencyUnavailableError);
  });
});

/** What the connection sends for a piece of work; the bytes leave in one piece where it is one round trip. */
const countCommands = async <T>(work: () => Promise<T>) => {
  const { client } = connection;
  const calls = async (): Promise<ReadonlyMap<string, number>> => {
    const text = await client.info('commandstats');
    return new Map(
      [...text.matchAll(/cmdstat_([a-z|]+):calls=(\d+)/g)].map(([, name, count]) => [name!, Number(count)]),
    );
  };
  const ownOnly = ['evalsha', 'eval', 'script|load'];
  const before = await calls();
  let roundTrips = 0;
  const { stream } = client;
  const write = stream.write.bind(stream);
  stream.write = ((...args: Parameters<typeof write>) => {
    roundTrips += 1;
    return write(...args);
  }) as typeof stream.write;
  const answer = await work();
  stream.write = write;
  const after = await calls();
  const sent = Object.fromEntries(
    ownOnly
      .map((name) => [name, (after.get(name) ?? 0) - (before.get(name) ?? 0)] as const)
      .filter(([, count]) => count > 0),
  );
  return { answer, sent, roundTrips };
};
