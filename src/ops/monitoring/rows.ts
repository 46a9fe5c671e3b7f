import type { PanelSpec, Query } from './panels.ts';
import { slos } from './slos.ts';

export interface Row {
  readonly title: string;
  readonly panels: readonly PanelSpec[];
}

const quantiles = (metric: string, by: string, selector = ''): readonly Query[] =>
  ['0.5', '0.99'].map((quantile) => ({
    expr: `histogram_quantile(${quantile}, sum by (le, ${by}) (rate(${metric}_bucket${selector}[$__rate_interval])))`,
    legend: `p${String(Number(quantile) * 100)} {{${by}}}`,
  }));

const rate = (metric: string, by: string, legend = `{{${by.replaceAll(', ', '}} {{')}}}`): Query => ({
  expr: `sum by (${by}) (rate(${metric}[$__rate_interval]))`,
  legend,
});

const highest = (metric: string, by: string, legend = `{{${by.replaceAll(', ', '}} {{')}}}`): Query => ({
  expr: `max by (${by}) (${metric})`,
  legend,
});

/** The dashboard, top to bottom: what customers feel, then what comes in, then what works on it, then the machines. */
export const rows: readonly Row[] = [
  {
    title: 'Promises',
    panels: [
      {
        ...{ title: 'Error budgets: burn over an hour', unit: 'short', bad: 14.4 },
        about: '1 spends exactly the budget in 30 days. Over 14.4 somebody is woken',
        queries: [{ expr: 'slo:points_burn:rate1h', legend: '{{slo}}' }],
      },
      {
        ...{ title: 'Error budgets: burn over 3 days', unit: 'short', bad: 1 },
        about: 'Over 1 the budget does not last',
        queries: [{ expr: 'slo:points_burn:rate3d', legend: '{{slo}}' }],
      },
      {
        ...{ title: 'What was bad within an hour', unit: 'short' },
        about: `Events that broke a promise: ${slos.map(({ name }) => name).join(', ')}`,
        queries: [{ expr: 'slo:points_bad_events:increase1h', legend: '{{slo}}' }],
      },
    ],
  },
  {
    title: 'Points',
    panels: [
      {
        ...{ title: 'Transactions a minute, by type', unit: 'cpm' },
        about: 'Entries written to the ledger',
        queries: [
          { expr: 'sum by (type) (rate(points_transactions_total[$__rate_interval])) * 60', legend: '{{type}}' },
        ],
      },
      {
        ...{ title: 'From a command to its decision', unit: 's', bad: 0.2 },
        about: 'From the arrival on Kafka to the commit; deferred ones wait for their merchant’s rate limit',
        queries: quantiles('points_transaction_latency_seconds', 'path'),
      },
      {
        ...{ title: 'Redemptions a minute, by status', unit: 'cpm' },
        about: 'pending when they are decided, completed or failed when Event Tracking has answered',
        queries: [
          { expr: 'sum by (status) (rate(points_redemptions_total[$__rate_interval])) * 60', legend: '{{status}}' },
        ],
      },
      {
        ...{ title: 'Balance reads: hits and misses', unit: 's', bad: 0.5 },
        about: 'A hit is answered by Redis, a miss by the ledger',
        queries: quantiles('points_balance_latency_seconds', 'source'),
      },
      {
        ...{ title: 'Balance reads a second', unit: 'ops' },
        about: 'Many misses: Redis is empty, new or away',
        queries: [rate('points_balance_latency_seconds_count', 'source')],
      },
      {
        ...{ title: 'Errors a minute', unit: 'cpm' },
        about: 'Faults that are not the caller’s, by their code',
        queries: [
          {
            expr: 'sum by (error_type) (rate(points_errors_total[$__rate_interval])) * 60 > 0 or sum(rate(points_errors_total[$__rate_interval])) * 60',
            legend: '{{error_type}}',
          },
        ],
      },
    ],
  },
  {
    title: 'Doors',
    panels: [
      {
        ...{ title: 'Webhooks a second, by outcome', unit: 'ops' },
        about: 'unavailable is sent again by the shop; failed is ours to mend',
        queries: [rate('points_webhooks_total', 'outcome')],
      },
      {
        ...{ title: 'Webhooks and requests: time to answer', unit: 's', bad: 0.25 },
        about: 'Redemptions and tills wait for their decision',
        queries: [
          {
            expr: 'histogram_quantile(0.99, sum by (le) (rate(points_webhook_latency_seconds_bucket[$__rate_interval])))',
            legend: 'p99 webhooks',
          },
          ...quantiles('points_request_latency_seconds', 'path').slice(1),
        ],
      },
      {
        ...{ title: 'gRPC calls a second, by status', unit: 'ops' },
        about: 'Every method together',
        queries: [rate('points_grpc_calls_total', 'code')],
      },
      {
        ...{ title: 'gRPC: time to answer', unit: 's', bad: 0.2 },
        about: 'p99 by method, Auth included',
        queries: quantiles('points_grpc_latency_seconds', 'method').slice(1),
      },
      {
        ...{ title: 'Turned away', unit: 'ops' },
        about: 'Calls shed for overload, by door and reason',
        queries: [rate('points_shed_total', 'door, reason')],
      },
      {
        ...{ title: 'Watches and callers that wait', unit: 'short' },
        about: 'Open WatchPointsBalance streams, and callers that wait for a decision',
        queries: [
          { expr: 'sum(points_balance_watches)', legend: 'watches' },
          { expr: 'sum(points_requests_waiting)', legend: 'waiting for a decision' },
        ],
      },
    ],
  },
  {
    title: 'What waits',
    panels: [
      {
        ...{ title: 'Lag in seconds', unit: 's', bad: 60 },
        about: 'How long the oldest record waits, by group; the ledger is one of them',
        queries: [highest('points_group_lag_seconds', 'group')],
      },
      {
        ...{ title: 'Lag in records', unit: 'short' },
        about: 'Committed offsets against ends, as Kafka has them, over all partitions',
        queries: [
          { expr: 'sum by (group) (max by (group, topic, partition) (points_group_lag_records))', legend: '{{group}}' },
        ],
      },
      {
        ...{ title: 'Lag by topic and partition', unit: 'short' },
        about: 'One partition alone: its task is stuck, or a merchant is very busy',
        queries: [highest('points_group_lag_records', 'group, topic, partition')],
      },
      {
        ...{ title: 'Dead letters a minute', unit: 'cpm' },
        about: 'points dlq list shows them, points replay sends them again',
        queries: [
          {
            expr: 'sum by (topology) (rate(points_dead_letters_total[$__rate_interval])) * 60',
            legend: '{{topology}}',
          },
        ],
      },
      {
        ...{ title: 'Dead letters of a day, by error', unit: 'short' },
        // A code's series begins with its first dead letter, which is no increase: what is younger than a day counts whole.
        about: 'Stage and code of what was not processed within 24 hours',
        queries: [
          {
            expr: 'sum by (topology, stage, code) ((points_streams_dead_letters_total unless points_streams_dead_letters_total offset 1d) or increase(points_streams_dead_letters_total[1d]))',
            legend: '{{topology}} {{stage}} {{code}}',
          },
        ],
      },
      {
        ...{ title: 'Rate limits', unit: 'short' },
        about: 'Events that wait for their merchant’s limit, and how often one was reached within an hour',
        queries: [
          { expr: 'sum(points_rate_limit_deferred)', legend: 'deferred now' },
          { expr: 'round(sum(increase(points_rate_limit_exceeded_total[1h])))', legend: 'breaches within an hour' },
        ],
      },
      {
        ...{ title: 'Offline queue', unit: 'short' },
        about: 'Commands that wait in MongoDB while Kafka is away, and the room there is',
        queries: [
          { expr: 'max(points_offline_queue_waiting)', legend: 'waiting' },
          { expr: 'max(points_offline_queue_limit)', legend: 'room' },
        ],
      },
      {
        ...{ title: 'Offline queue a second, by what became of it', unit: 'ops' },
        about: 'expired is lost',
        queries: [rate('points_offline_queue_total', 'event')],
      },
      {
        ...{ title: 'Oldest command in the offline queue', unit: 's', bad: 43_200 },
        about: 'After 24 hours it is gone',
        queries: [{ expr: 'max(points_offline_queue_oldest_seconds)', legend: 'oldest' }],
      },
    ],
  },
  {
    title: 'Engine',
    panels: [
      {
        ...{ title: 'Records a second, by topology', unit: 'ops' },
        about: 'Processed and committed',
        queries: [rate('points_streams_records_total', 'topology')],
      },
      {
        ...{ title: 'From a micro-batch to its commit', unit: 's' },
        about: 'p50 and p99 by topology',
        queries: quantiles('points_streams_commit_seconds', 'topology'),
      },
      {
        ...{ title: 'Seconds since a task got on', unit: 's', bad: 300 },
        about: 'Committed, restored something, or had nothing to do',
        queries: [
          {
            expr: 'time() - min by (topology) (max by (topology, task) (points_streams_task_progress_timestamp_seconds))',
            legend: '{{topology}}',
          },
        ],
      },
      {
        ...{ title: 'Tasks that run', unit: 'short' },
        about: 'As many as there are partitions, over all instances',
        queries: [{ expr: 'sum by (topology) (points_streams_task_running)', legend: '{{topology}}' }],
      },
      {
        ...{ title: 'Batches tried again a minute', unit: 'cpm' },
        about: 'By what was wrong; a dependency that is away shows here first',
        queries: [
          {
            expr: 'sum by (topology, code) (rate(points_streams_retries_total[$__rate_interval])) * 60',
            legend: '{{topology}} {{code}}',
          },
        ],
      },
      {
        ...{ title: 'Changelogs still to be restored', unit: 'short' },
        about: 'Records, while a task begins',
        queries: [{ expr: 'sum by (topology) (points_streams_restore_remaining_records)', legend: '{{topology}}' }],
      },
    ],
  },
  {
    title: 'Processes',
    panels: [
      {
        ...{ title: 'Memory', unit: 'bytes', bad: 480 * 1024 * 1024 },
        about: 'Resident, of 512 MiB',
        queries: [highest('process_resident_memory_bytes{job="points"}', 'role, instance')],
      },
      {
        ...{ title: 'JavaScript heap', unit: 'bytes' },
        about: 'Used, of the 288 MiB it is bounded to',
        queries: [highest('nodejs_heap_size_used_bytes{job="points"}', 'role, instance')],
      },
      {
        ...{ title: 'Event loop: late by, p99', unit: 's', bad: 0.2 },
        about: 'While it is late nothing is answered',
        queries: [highest('nodejs_eventloop_lag_p99_seconds{job="points"}', 'role, instance')],
      },
      {
        ...{ title: 'Processor time', unit: 'percentunit' },
        about: '1 is a whole core',
        queries: [
          {
            expr: 'sum by (role, instance) (rate(process_cpu_seconds_total{job="points"}[$__rate_interval]))',
            legend: '{{role}} {{instance}}',
          },
        ],
      },
      {
        ...{ title: 'Certificates: days left', unit: 'short' },
        about: 'Until the certificate in use ends',
        queries: [
          { expr: '(min by (name) (points_certificate_not_after_seconds) - time()) / 86400', legend: '{{name}}' },
        ],
      },
      {
        ...{ title: 'Certificates: files that cannot be used', unit: 'short', bad: 1 },
        about: '1: new files were rejected, and the last good pair is kept',
        queries: [highest('points_certificate_rejected', 'name, instance')],
      },
    ],
  },
];
