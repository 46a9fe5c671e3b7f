import { setTimeout as sleep } from 'node:timers/promises';
import { createGroupLag, createKafka, type FollowedTopics, type GroupLag } from '../adapters/kafka/index.ts';
import type { Clock } from '../common/clock.ts';
import type { Logger } from '../common/logger.ts';
import { foreignTopics, topics } from '../contracts/index.ts';
import { createLagMetrics, type LagMetrics } from './metrics/lag-metrics.ts';
import type { RoleContext } from './role.ts';

/** Every topology's group, and what it reads: the same as the topologies declare, without loading them. */
export const followedTopics = (applicationId: string): readonly FollowedTopics[] =>
  Object.entries({
    ingest: Object.values(foreignTopics).map(({ name }) => name),
    points: [topics.ingest.name, topics.replay.name],
    ledger: [topics.audit.name],
    redemptions: [topics.audit.name],
    balances: [topics.balances.name],
  }).map(([topology, read]) => ({ groupId: `${applicationId}-${topology}`, topics: read }));

/** Prometheus looks every 15 s; a look costs Kafka a few requests. */
const lookEveryMs = 10_000;

export interface LagWatch {
  readonly groups: readonly FollowedTopics[];
  readonly lag: GroupLag;
  readonly metrics: LagMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Looks once; what cannot be had is not shown. Never throws. */
export async function lookOnce({ groups, lag, metrics, clock, logger }: LagWatch): Promise<void> {
  try {
    metrics.update(await lag.positions(groups), clock.now());
  } catch (error) {
    metrics.unknown();
    logger.debug({ err: error }, 'Kafka does not say how far the groups are');
  }
}

/**
 * Shows how far every topology's group is, from now until the process stops, whoever runs the topologies: also when nobody does.
 * Roles of one process share it: a second call does nothing.
 */
export function watchLag(
  context: Pick<RoleContext<'ingress' | 'processor'>, 'config' | 'logger' | 'metrics' | 'lifecycle' | 'clock'>,
): void {
  const { config, logger, metrics, lifecycle, clock } = context;
  if (metrics.registry.getSingleMetric('points_group_lag_records') !== undefined) return;
  const kafka = createKafka({ brokers: config.kafkaBrokers, clientId: `${config.applicationId}-lag`, logger });
  const lag = createGroupLag(kafka);
  const watch: LagWatch = {
    ...{ groups: followedTopics(config.applicationId), lag, clock, logger },
    metrics: createLagMetrics(metrics.registry),
  };
  const { stopping } = lifecycle;
  const looking = (async () => {
    for (;;) {
      await sleep(lookEveryMs, undefined, { signal: stopping }).catch(() => undefined);
      if (stopping.aborted) return;
      await lookOnce(watch);
    }
  })();
  lifecycle.add('lag', async () => {
    await lag.close();
    await looking;
  });
}
