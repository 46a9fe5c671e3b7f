import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type AdmissionMetrics, createAdmissionMetrics } from './admission-metrics.ts';
import { beginAtZero } from './known-labels.ts';

/** Seconds; fine where a hit should be (10 ms), coarse where only a time-out ends it. 0.2 is what docs/slo.md promises. */
const readBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.25, 0.5, 1, 2, 5];

/** Seconds; from a command on points.ingest to its decision. 0.2 is what docs/slo.md promises. */
const transactionBuckets = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** Seconds; Shopify gives a webhook 5 s, we promise 250 ms. */
const webhookBuckets = [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Everything the service counts; one registry a process. Labels never hold an id of a merchant or a customer. */
export interface Metrics {
  readonly registry: Registry;
  /** Time of a balance read by where it was found: `hit` (Redis) or `miss` (the ledger). */
  readonly balanceLatency: Histogram<'source'>;
  /** Faults that are not the caller's, by their stable code. */
  readonly errors: Counter<'error_type'>;
  /** Webhooks by what became of them and why. */
  readonly webhooks: Counter<'outcome' | 'reason'>;
  readonly webhookLatency: Histogram;
  /** Ledger entries decided, by type and by the language of their description. */
  readonly transactions: Counter<'type' | 'locale'>;
  /**
   * Time from a command's arrival on points.ingest or points.replay, by the broker's clock, to the commit of its decision, by
   * ours: `direct`, or `deferred` where it waited for its merchant's rate limit. What dies as a dead letter is not in it.
   */
  readonly transactionLatency: Histogram<'path'>;
  /** Redemptions that came to a status, by what was newly written of them. */
  readonly redemptions: Counter<'status'>;
  /** gRPC calls by how they ended. */
  readonly grpcCalls: Counter<'method' | 'code'>;
  readonly grpcLatency: Histogram<'method'>;
  readonly admission: AdmissionMetrics;
  /** Balances that are watched over gRPC now. */
  readonly balanceWatches: Gauge;
  /** Times that a merchant came over its rate limit; until it is below again it counts once, however much it sends. */
  readonly rateLimitExceeded: Counter;
  /** Records that had to wait for their merchant's rate limit. */
  readonly rateLimitDeferred: Counter;
  /** Records that wait for it now, by task. */
  readonly rateLimitWaiting: Gauge<'task'>;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const metrics: Metrics = {
    registry,
    balanceLatency: new Histogram({
      ...{ name: 'points_balance_latency_seconds', help: 'Time to read a balance, by where it was found' },
      ...{ labelNames: ['source'], buckets: readBuckets, registers },
    }),
    errors: new Counter({
      ...{ name: 'points_errors_total', help: 'Faults that are not the caller’s, by code' },
      ...{ labelNames: ['error_type'], registers },
    }),
    webhooks: new Counter({
      ...{ name: 'points_webhooks_total', help: 'Webhooks by outcome and reason' },
      ...{ labelNames: ['outcome', 'reason'], registers },
    }),
    webhookLatency: new Histogram({
      ...{ name: 'points_webhook_latency_seconds', help: 'Time from a webhook’s arrival to its answer' },
      ...{ buckets: webhookBuckets, registers },
    }),
    transactions: new Counter({
      ...{ name: 'points_transactions_total', help: 'Ledger entries decided, by type and language' },
      ...{ labelNames: ['type', 'locale'], registers },
    }),
    transactionLatency: new Histogram({
      ...{
        name: 'points_transaction_latency_seconds',
        help: 'Time from a command’s arrival on Kafka to its committed decision',
      },
      ...{ labelNames: ['path'], buckets: transactionBuckets, registers },
    }),
    redemptions: new Counter({
      ...{ name: 'points_redemptions_total', help: 'Redemptions that came to a status' },
      ...{ labelNames: ['status'], registers },
    }),
    grpcCalls: new Counter({
      ...{ name: 'points_grpc_calls_total', help: 'gRPC calls by method and status' },
      ...{ labelNames: ['method', 'code'], registers },
    }),
    grpcLatency: new Histogram({
      ...{ name: 'points_grpc_latency_seconds', help: 'Time to answer a gRPC call' },
      ...{ labelNames: ['method'], buckets: readBuckets, registers },
    }),
    admission: createAdmissionMetrics(registry),
    balanceWatches: new Gauge({
      ...{ name: 'points_balance_watches', help: 'Balances that are watched over gRPC now', registers },
    }),
    rateLimitExceeded: new Counter({
      ...{
        name: 'points_rate_limit_exceeded_total',
        help: 'Times that a merchant came over its rate limit',
        registers,
      },
    }),
    rateLimitDeferred: new Counter({
      ...{ name: 'points_rate_limit_deferred_total', help: 'Records deferred by a rate limit', registers },
    }),
    rateLimitWaiting: new Gauge({
      ...{ name: 'points_rate_limit_deferred', help: 'Records that wait for a rate limit now, by task' },
      ...{ labelNames: ['task'], registers },
    }),
  };
  beginAtZero(metrics);
  return metrics;
}
