import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createBalanceCache, type RedisConnection } from '../../../src/adapters/redis/index.ts';
import type { Balance, BalanceCache } from '../../../src/balances/ports.ts';
import { balanceCacheBehaviour } from '../../balances/balance-cache.behaviour.ts';
import { redisConnection } from '../../support/redis-connection.ts';
import { sharedServers } from '../../support/servers.ts';

let connection: RedisConnection;
let cache: BalanceCache;

beforeAll(async () => {
  connection = await redisConnection(sharedServers().redis.cache, afterAll);
  cache = createBalanceCache({ connection });
});

balanceCacheBehaviour('Redis', () => cache);

const customer = () => ({ merchantId: randomUUID(), customerId: randomUUID() });

const keyOf = ({ merchantId, customerId }: Pick<Balance, 'merchantId' | 'customerId'>): string =>
  `cache:${merchantId}:${customerId}:points`;

describe('the cache of balances in Redis', () => {
  test('holds the text that others read, for an hour', async () => {
    const balance = { ...customer(), balance: 120, sequence: 3 };
    await cache.putIfNewer([balance]);
    expect(await connection.client.get(keyOf(balance))).toBe('{"balance":120,"sequence":3}');
    expect(await connection.client.ttl(keyOf(balance))).toBe(3_600);
  });

  test('holds a balance for an hour from when it was brought, not from when an older one came after it', async () => {
    const balance = { ...customer(), balance: 120, sequence: 3 };
    await cache.putIfNewer([balance]);
    await connection.client.expire(keyOf(balance), 50);
    await cache.putIfNewer([balance]);
    expect(await connection.client.ttl(keyOf(balance))).toBe(50);
    await cache.putIfNewer([{ ...balance, sequence: 4 }]);
    expect(await connection.client.ttl(keyOf(balance))).toBe(3_600);
  });

  test.each(['', 'no JSON', '[]', '7', 'null', '{"balance":1}', '{"balance":1,"sequence":"9"}', '{"sequence":null}'])(
    'takes %j for nothing and writes over it',
    async (text) => {
      const balance = { ...customer(), balance: 120, sequence: 3 };
      await connection.client.set(keyOf(balance), text);
      expect(await cache.get(balance.merchantId, balance.customerId)).toBeUndefined();
      await cache.putIfNewer([balance]);
      expect(await cache.get(balance.merchantId, balance.customerId)).toEqual(balance);
    },
  );

  test('writes over a value of another type', async () => {
    const balance = { ...customer(), balance: 120, sequence: 3 };
    await connection.client.rpush(keyOf(balance), 'x');
    await cache.putIfNewer([balance]);
    expect(await cache.get(balance.merchantId, balance.customerId)).toEqual(balance);
  });

  test('brings its script again to a server that has lost it', async () => {
    const balances = Array.from({ length: 10 }, (_, n) => ({ ...customer(), balance: n, sequence: 1 }));
    await connection.client.script('FLUSH');
    await cache.putIfNewer(balances);
    await cache.putIfNewer(balances.map((balance) => ({ ...balance, sequence: 2 })));
    expect(await cache.get(balances[9]!.merchantId, balances[9]!.customerId)).toMatchObject({
      balance: 9,
      sequence: 2,
    });
  });

  test('keeps the newest of many writers who race for one customer', async () => {
    const one = customer();
    const sequences = Array.from({ length: 200 }, (_, n) => n + 1).sort(() => Math.random() - 0.5);
    await Promise.all(sequences.map((sequence) => cache.putIfNewer([{ ...one, balance: sequence * 10, sequence }])));
    expect(await cache.get(one.merchantId, one.customerId)).toEqual({ ...one, balance: 2_000, sequence: 200 });
  });
});
