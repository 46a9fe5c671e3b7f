import type { Counter, Histogram } from 'prom-client';

/** Labels that are known before anything has happened: `increase()` sees a first event only in a series that was 0 before it. */

/** The names in which `GetPointsBalance` and its sisters are counted. */
const grpcMethods = ['GetPointsBalance', 'ListTransactions', 'RedeemReward', 'WatchPointsBalance'].map(
  (name) => `/points.v1/${name}`,
);

/** How calls end: well, and by a fault of ours. What the caller did wrong begins with its first. */
const grpcCodes = ['OK', 'UNAVAILABLE', 'INTERNAL', 'DEADLINE_EXCEEDED', 'UNKNOWN', 'RESOURCE_EXHAUSTED'];

const errorTypes = [
  'DEPENDENCY_UNAVAILABLE',
  'INTERNAL',
  'NOT_MARKED',
  'NOT_TOLD',
  'NOT_FORGOTTEN',
  'OUTCOME_LOOKUP_FAILED',
  'PROCESSED_LOOKUP_FAILED',
  'TRANSLATION_UNUSABLE',
];

const webhookOutcomes: readonly (readonly [outcome: string, reason: string])[] = [
  ['accepted', ''],
  ['buffered', ''],
  ['duplicate', ''],
  ['unavailable', 'dependency_unavailable'],
  ['failed', 'internal_error'],
];

const entryTypes = ['earn', 'spend', 'expire', 'bonus'];
/** Those the service brings texts for; a merchant's own languages begin with their first entry. */
const locales = ['en', 'ar', 'he'];
const redemptionStatuses = ['pending', 'completed', 'failed'];

export interface KnownSeries {
  readonly balanceLatency: Histogram<'source'>;
  readonly transactionLatency: Histogram<'path'>;
  readonly errors: Counter<'error_type'>;
  readonly webhooks: Counter<'outcome' | 'reason'>;
  readonly transactions: Counter<'type' | 'locale'>;
  readonly redemptions: Counter<'status'>;
  readonly grpcCalls: Counter<'method' | 'code'>;
  readonly grpcLatency: Histogram<'method'>;
}

/** Lets every series that is known ahead begin at 0. */
export function beginAtZero(metrics: KnownSeries): void {
  for (const source of ['hit', 'miss']) metrics.balanceLatency.zero({ source });
  for (const path of ['direct', 'deferred']) metrics.transactionLatency.zero({ path });
  for (const error_type of errorTypes) metrics.errors.inc({ error_type }, 0);
  for (const [outcome, reason] of webhookOutcomes) metrics.webhooks.inc({ outcome, reason }, 0);
  for (const type of entryTypes) for (const locale of locales) metrics.transactions.inc({ type, locale }, 0);
  for (const status of redemptionStatuses) metrics.redemptions.inc({ status }, 0);
  for (const method of grpcMethods) {
    for (const code of grpcCodes) metrics.grpcCalls.inc({ method, code }, 0);
    // A watch lasts as long as its reader wants: it is not timed.
    if (!method.endsWith('WatchPointsBalance')) metrics.grpcLatency.zero({ method });
  }
}
