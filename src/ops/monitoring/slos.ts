/** What the service promises of itself; docs/slo.md says what each means and what is left out. */
export interface Slo {
  readonly name: string;
  readonly about: string;
  /** The share of events that may be bad. */
  readonly budget: number;
  /** Bad and all events of a window, in PromQL: a number a second, by `rate`, or of the window, by `increase`. */
  readonly bad: (sum: Sum) => string;
  readonly total: (sum: Sum) => string;
  /** Name of a file under docs/runbooks, without its ending. */
  readonly runbook: string;
}

/** Sums a counter over all instances; 0 where there is none, as a role that is away must not hide what others tell. */
export type Sum = (selector: string) => string;

const balance = 'method="/points.v1/GetPointsBalance"';
const ours = 'UNAVAILABLE|INTERNAL|DEADLINE_EXCEEDED|UNKNOWN';
const failed = 'outcome=~"failed|unavailable"';

const failedTransactions = (sum: Sum): string =>
  [
    `points_webhooks_total{${failed}}`,
    `points_requests_total{${failed}}`,
    'points_dead_letters_total{topology="points"}',
  ]
    .map(sum)
    .join(' + ');

export const slos: readonly Slo[] = [
  {
    ...{ name: 'balance-latency', about: 'balance reads take less than 200 ms', budget: 0.01, runbook: 'redis-loss' },
    bad: (sum) =>
      `${sum(`points_grpc_latency_seconds_count{${balance}}`)} - ${sum(`points_grpc_latency_seconds_bucket{${balance}, le="0.2"}`)}`,
    total: (sum) => sum(`points_grpc_latency_seconds_count{${balance}}`),
  },
  {
    ...{ name: 'balance-failures', about: 'balance reads do not fail', budget: 0.005, runbook: 'mongodb-crash' },
    bad: (sum) => sum(`points_grpc_calls_total{${balance}, code=~"${ours}"}`),
    total: (sum) => sum(`points_grpc_calls_total{${balance}, code=~"OK|${ours}"}`),
  },
  {
    ...{ name: 'transaction-latency', about: 'transactions are decided in less than 200 ms', budget: 0.01 },
    runbook: 'lag',
    bad: (sum) =>
      `${sum('points_transaction_latency_seconds_count{path="direct"}')} - ${sum('points_transaction_latency_seconds_bucket{path="direct", le="0.2"}')}`,
    total: (sum) => sum('points_transaction_latency_seconds_count{path="direct"}'),
  },
  {
    ...{ name: 'transaction-failures', about: 'transactions do not fail', budget: 0.005, runbook: 'webhook-failures' },
    bad: failedTransactions,
    total: (sum) => `${failedTransactions(sum)} + ${sum('points_transaction_latency_seconds_count')}`,
  },
];

export const windows = ['5m', '30m', '1h', '2h', '6h', '1d', '3d'] as const;

/** At the burn rate `burn` over both windows the alert comes; the short one lets it end soon after the cause has. */
export const burnAlerts = [
  {
    alert: 'PointsBudgetBurn1h',
    long: '1h',
    short: '5m',
    burn: 14.4,
    severity: 'critical',
    spent: '2 % of the 30 days’ budget in an hour',
  },
  {
    alert: 'PointsBudgetBurn6h',
    long: '6h',
    short: '30m',
    burn: 6,
    severity: 'critical',
    spent: '5 % of the 30 days’ budget in 6 hours',
  },
  {
    alert: 'PointsBudgetBurn1d',
    long: '1d',
    short: '2h',
    burn: 3,
    severity: 'warning',
    spent: '10 % of the 30 days’ budget in a day',
  },
  {
    alert: 'PointsBudgetBurn3d',
    long: '3d',
    short: '6h',
    burn: 1,
    severity: 'warning',
    spent: '10 % of the 30 days’ budget in 3 days',
  },
] as const;

/**
 * So many events must be bad within the long window. At night a shop sends ten orders an hour: one that is slow would burn at
 * ten times the rate that is allowed, and wake somebody for nothing.
 */
export const leastBadEvents = 10;
