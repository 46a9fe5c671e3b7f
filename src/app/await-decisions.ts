import { createKeptOutcomes, createOutcomeWaiter, createRedis, type RedisConnection } from '../adapters/redis/index.ts';
import { errorCode } from '../common/errors.ts';
import { createDecisions, type Decisions } from '../requests/index.ts';
import type { OutcomeStore, RequestPublisher } from '../requests/ports.ts';
import { showWaiting } from './metrics/request-metrics.ts';
import type { RoleContext } from './role.ts';

export interface AwaitDecisionsOptions {
  readonly publisher: RequestPublisher;
  /** The Redis that outcomes are kept in. */
  readonly redisState: RedisConnection;
  readonly redisStateUrl: string;
  /** Outcomes as the projections have written them to MongoDB. */
  readonly lasting: OutcomeStore;
}

/** What both doors for requests share; it has a connection of its own to Redis, for subscriptions. Once in a process. */
export function awaitDecisions(
  { logger, metrics, lifecycle, transport }: Pick<RoleContext, 'logger' | 'metrics' | 'lifecycle' | 'transport'>,
  { publisher, redisState, redisStateUrl: url, lasting }: AwaitDecisionsOptions,
): Decisions {
  const subscriptions = createRedis({ url, name: 'outcomes', logger, resubscribes: false, tls: transport.redis });
  lifecycle.add('redis outcomes', () => subscriptions.close());
  const decisions = createDecisions({
    channel: createOutcomeWaiter(subscriptions),
    recent: createKeptOutcomes(redisState),
    lasting,
    publisher,
    onError: (error) => {
      logger.debug({ err: error, code: errorCode(error) }, 'An outcome could not be looked up');
      metrics.errors.inc({ error_type: 'OUTCOME_LOOKUP_FAILED' });
    },
  });
  showWaiting(metrics.registry, () => decisions.waiting);
  return decisions;
}
