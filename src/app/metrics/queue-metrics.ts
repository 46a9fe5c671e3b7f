import { Counter, Gauge, type Registry } from 'prom-client';
import type { Clock } from '../../common/clock.ts';
import type { QueueMetrics } from '../../ingress/index.ts';

const queueEvents = ['buffered', 'drained', 'expired', 'refused_full', 'refused_no_estimate'] as const;

/** What the offline queue tells whoever watches it. */
export const createQueueMetrics = (registry: Registry, clock: Clock): QueueMetrics => {
  const registers = [registry];
  const events = new Counter({
    name: 'points_offline_queue_total',
    help: 'Commands buffered while Kafka was away, drained, expired, or refused as it was full or they move no points',
    ...{ labelNames: ['event'], registers },
  });
  // A series that is there from the start: its first increase is seen as one.
  for (const event of queueEvents) events.inc({ event }, 0);
  const waiting = new Gauge({
    name: 'points_offline_queue_waiting',
    help: 'Commands that wait for Kafka, of all instances, as this one last saw it',
    registers,
  });
  const limit = new Gauge({ name: 'points_offline_queue_limit', help: 'How many commands may wait', registers });
  const oldest = new Gauge({
    name: 'points_offline_queue_oldest_seconds',
    help: 'For how long the oldest command waits',
    registers,
  });
  return {
    count: (event, commands) => {
      events.inc({ event }, commands);
    },
    seen: (status) => {
      waiting.set(status.waiting);
      limit.set(status.limit);
      oldest.set(status.oldest === null ? 0 : Math.max(0, clock.now() - status.oldest.createdAt) / 1_000);
    },
  };
};
