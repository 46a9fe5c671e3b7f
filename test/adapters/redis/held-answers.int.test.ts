import { randomUUID } from 'node:crypto';
import { beforeAll, afterAll, describe, expect, test } from 'vitest';
import {
  createBalanceCache,
  createHeldAnswers,
  createRedis,
  type RedisConnection,
} from '../../../src/adapters/redis/index.ts';
import { silentLogger } from '../../../src/common/logger.ts';
import { outcomeKey } from '../../../src/contracts/index.ts';
import { redisConnection } from '../../support/redis-connection.ts';
import { sharedServers } from '../../support/servers.ts';

let cache: RedisConnection;
let state: RedisConnection;

beforeAll(async () => {
  const { redis } = sharedServers();
  cache = await redisConnection(redis.cache, afterAll);
  state = await redisConnection(redis.state, afterAll);
});

describe('what Redis holds ready', () => {
  test('goes for the customers and events that are named, and stays for all others', async () => {
    const [merchantId, customerId, other] = [randomUUID(), randomUUID(), randomUUID()];
    const balances = createBalanceCache({ connection: cache });
    const balance = { merchantId, balance: 120, sequence: 3 };
    await balances.putIfNewer([
      { ...balance, customerId },
      { ...balance, customerId: other },
    ]);
    const events = Array.from({ length: 1_500 }, () => randomUUID());
    const stays = randomUUID();
    await state.client.mset(...[...events, stays].flatMap((event) => [outcomeKey(merchantId, event), '{}']));

    const answers = createHeldAnswers({ cache, state });
    await answers.forget(
      merchantId,
      events.map((eventId) => ({ customerId, eventId })),
    );
    expect(await balances.get(merchantId, customerId)).toBeUndefined();
    expect(await balances.get(merchantId, other)).toMatchObject({ balance: 120 });
    expect(await state.client.exists(...events.map((event) => outcomeKey(merchantId, event)))).toBe(0);
    expect(await state.client.exists(outcomeKey(merchantId, stays))).toBe(1);
    await answers.forget(merchantId, []);
  });

  test('is told to be out of reach where a server is away', async () => {
    const away = createRedis({ url: '127.0.0.1:1', name: 'away', logger: silentLogger });
    const forget = createHeldAnswers({ cache: away, state }).forget(randomUUID(), [
      { customerId: randomUUID(), eventId: randomUUID() },
    ]);
    await expect(forget).rejects.toThrow('Redis (away) is not available');
    away.client.disconnect();
  });
});
