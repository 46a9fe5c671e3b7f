import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { RequestMetrics } from '../../ingress/index.ts';

/** Seconds; a decision takes a tenth of one, and is waited for two and a half. */
const waitBuckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Counts what comes in by `POST /redemptions` and `POST /pos/transactions`. Once for a registry. */
export function createRequestMetrics(registry: Registry): RequestMetrics {
  const registers = [registry];
  const requests = new Counter({
    ...{ name: 'points_requests_total', help: 'Redemptions and batches of tills over HTTP, by outcome and reason' },
    ...{ labelNames: ['path', 'outcome', 'reason'], registers },
  });
  const latency = new Histogram({
    ...{ name: 'points_request_latency_seconds', help: 'Time to answer them, the wait for the decision included' },
    ...{ labelNames: ['path'], buckets: waitBuckets, registers },
  });
  const items = new Counter({
    ...{ name: 'points_till_items_total', help: 'Items of tills’ batches, by what was answered' },
    ...{ labelNames: ['status'], registers },
  });
  for (const path of ['/redemptions', '/pos/transactions']) {
    requests.inc({ path, outcome: 'decided', reason: '' }, 0);
    requests.inc({ path, outcome: 'unavailable', reason: 'dependency_unavailable' }, 0);
    requests.inc({ path, outcome: 'failed', reason: 'internal_error' }, 0);
  }
  return {
    answered: (path, outcome, reason, seconds) => {
      requests.inc({ path, outcome, reason: reason ?? '' });
      latency.observe({ path }, seconds);
    },
    item: (status) => {
      items.inc({ status });
    },
  };
}

/** Shows how many callers wait for a decision in this process. */
export function showWaiting(registry: Registry, waiting: () => number): void {
  const gauge = new Gauge({
    ...{ name: 'points_requests_waiting', help: 'Callers that wait for a decision now', registers: [registry] },
    collect: () => {
      gauge.set(waiting());
    },
  });
}
