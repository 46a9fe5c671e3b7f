import type { InstanceBoard } from '../../operator/ports.ts';
import type { RedisConnection } from './client.ts';
import { assertAllDone, sendPipeline } from './pipeline.ts';

const prefix = 'points:operator:instances';

const keyOf = (id: string): string => `${prefix}:${id}`;

/** Longer than any instance is silent; what is left of an application that was taken down ends with it. Seconds. */
const indexTtlSeconds = 3_600;

/**
 * What instances tell of themselves, in Redis under `points:operator:instances:<id>` for a few seconds. Times are those of
 * the clocks of our processes, which therefore must agree to a second or two, as everywhere.
 *
 * @param applicationId services that share a Redis are told apart by it
 */
export const createInstanceBoard = (
  connection: RedisConnection,
  applicationId: string,
  clock: { readonly now: () => number },
): InstanceBoard => {
  /** Ids by when what they have told ends: Redis need not be searched for keys. */
  const ids = `${prefix}-of:${applicationId}`;
  return {
    async publish(id, status, ttlMs) {
      const replies = await sendPipeline(connection, (pipeline) => {
        pipeline.set(keyOf(id), status, 'PX', ttlMs);
        pipeline.zadd(ids, String(clock.now() + ttlMs), id);
        pipeline.zremrangebyscore(ids, '-inf', `(${String(clock.now() - indexTtlSeconds * 1_000)}`);
        pipeline.expire(ids, indexTtlSeconds);
      });
      assertAllDone(connection, replies);
    },
    async withdraw(id) {
      const replies = await sendPipeline(connection, (pipeline) => {
        pipeline.del(keyOf(id));
        pipeline.zrem(ids, id);
      });
      assertAllDone(connection, replies);
    },
    async all() {
      const [found] = await sendPipeline(connection, (pipeline) => pipeline.zrange(ids, '0', '-1'));
      assertAllDone(connection, found === undefined ? [] : [found]);
      const names = Array.isArray(found?.value) ? found.value.map(String) : [];
      if (names.length === 0) return [];
      const [told] = await sendPipeline(connection, (pipeline) => pipeline.mget(names.map(keyOf)));
      assertAllDone(connection, told === undefined ? [] : [told]);
      const texts = Array.isArray(told?.value) ? told.value : [];
      return texts.filter((text) => typeof text === 'string');
    },
  };
};
