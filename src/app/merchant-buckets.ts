import { createTokenBuckets, type RedisConnection } from '../adapters/redis/index.ts';
import type { Logger } from '../common/logger.ts';
import { LocalTokenBuckets, type TokenBuckets, withLocalFallback } from '../streams/index.ts';

/**
 * The token buckets of the merchants' rate limits: in Redis, where others see how a merchant stands; while that is away
 * the process's own limit as well, as one task has all of a merchant's events.
 */
export const createMerchantBuckets = (redis: RedisConnection, logger: Logger): TokenBuckets =>
  withLocalFallback(createTokenBuckets(redis), new LocalTokenBuckets(), {
    onFallback: (error) => {
      logger.warn({ err: error }, 'Rate limits are kept by this process alone, as Redis is away');
    },
    onReturn: () => {
      logger.info({}, 'Rate limits are kept in Redis again');
    },
  });
