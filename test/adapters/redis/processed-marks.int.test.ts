import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createProcessedLookup,
  createProcessedMarks,
  type RedisConnection,
} from '../../../src/adapters/redis/index.ts';
import { processedBehaviour } from '../../sinks/processed.behaviour.ts';
import { redisConnection } from '../../support/redis-connection.ts';
import { sharedServers } from '../../support/servers.ts';

let connection: RedisConnection;
const errors: Error[] = [];

beforeAll(async () => {
  // As the processor has it, which marks a thousand at once: the 250 ms of a request are for one command.
  connection = await redisConnection(sharedServers().redis.state, afterAll, { commandTimeoutMs: 2_000 });
});

const processed = () => ({
  ...createProcessedMarks(connection),
  ...createProcessedLookup({ connection, onError: (error) => errors.push(error) }),
});

processedBehaviour('Redis', processed);

describe('marks of processed events in Redis', () => {
  test('are keys that others read, for a day', async () => {
    const [merchant_id, event_id, delivery_id] = [randomUUID(), randomUUID(), randomUUID()];
    await processed().mark([{ merchant_id, event_id, delivery_id }]);
    for (const id of [event_id, delivery_id]) {
      expect(await connection.client.get(`processed:${merchant_id}:${id}`)).toBe(event_id);
      expect(await connection.client.ttl(`processed:${merchant_id}:${id}`)).toBe(86_400);
    }
  });

  test('that cannot be read count as none, and the error is told', async () => {
    const [merchant_id, event_id] = [randomUUID(), randomUUID()];
    await connection.client.rpush(`processed:${merchant_id}:${event_id}`, event_id);
    errors.length = 0;
    expect(await processed().isProcessed(merchant_id, event_id, null)).toBe(false);
    expect(errors).toMatchObject([{ code: 'DEPENDENCY_UNAVAILABLE' }]);
  });
});
