import { LRUCache } from 'lru-cache';
import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import type { Metrics } from './metrics.ts';

/** What the rate limit tells whoever watches it. */
export interface RateLimitHooks {
  /** A merchant came over its limit: its records wait from now on. */
  onLimited(merchantId: string): void;
  /** So many records have to wait. */
  onDeferred(records: number): void;
  /** So many records of a task wait now; 0 when the task leaves this process. */
  deferred(taskId: string, records: number): void;
}

export interface RateLimitHooksOptions {
  readonly metrics: Pick<Metrics, 'rateLimitExceeded' | 'rateLimitDeferred' | 'rateLimitWaiting'>;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** A merchant that is at its limit all day comes over it every few seconds: a line a minute tells as much. */
const quietMs = 60_000;
const quietMerchants = 1_000;

/**
 * Counts what the rate limit does. Which merchant it was is in the log, and in Redis under `rate_limit:*`, but not in a
 * label: merchants come without bound, and every value of a label is a series that is kept and scraped for ever.
 */
export function createRateLimitHooks({ metrics, logger, clock }: RateLimitHooksOptions): RateLimitHooks {
  const told = new LRUCache<string, true>({ max: quietMerchants, ttl: quietMs, ttlResolution: 0, perf: clock });
  return {
    onLimited(merchantId) {
      metrics.rateLimitExceeded.inc();
      if (told.has(merchantId)) return;
      told.set(merchantId, true);
      logger.info({ merchant_id: merchantId }, 'A merchant is over its rate limit, its events wait');
    },
    onDeferred(records) {
      metrics.rateLimitDeferred.inc(records);
    },
    deferred(taskId, records) {
      metrics.rateLimitWaiting.set({ task: taskId }, records);
    },
  };
}
