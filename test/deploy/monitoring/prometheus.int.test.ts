import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { customerIdOf } from '../../../src/domain/index.ts';
import { shopOrder } from '../../support/service-in-process.ts';
import { until } from '../../support/until.ts';
import { settled } from '../../topologies/points-commands.ts';
import { type Monitoring, startMonitoring } from './monitoring-stack.ts';
import { startMonitoredService } from './monitored-service.ts';
import { deployFolder } from './rules.ts';

const endings: (() => Promise<unknown>)[] = [];
const onEnd = (ending: () => Promise<unknown>) => endings.unshift(ending);
afterAll(async () => {
  for (const ending of endings) await ending();
}, 60_000);

let service: Awaited<ReturnType<typeof startMonitoredService>>;
let monitoring: Monitoring;

beforeAll(async () => {
  service = await startMonitoredService(onEnd);
  monitoring = await startMonitoring(service.targets, onEnd);
  // Everything is 0 before the first event: only then is it an increase.
  await until('both are scraped', async () => (await monitoring.valueOf('sum(up{job="points"})')) === 2, 30_000);
}, 180_000);

/** Waits for a series to have a value; it never has another that is higher. */
const counted = async (expr: string, value: number): Promise<void> => {
  await until(`${expr} is ${String(value)}`, async () => (await monitoring.valueOf(expr)) >= value, 30_000);
  expect(await monitoring.valueOf(expr), expr).toBe(value);
};

const buyer = 4711;
const customerId = () => customerIdOf(service.merchant.merchantId, String(buyer));

describe('Prometheus, which scrapes the service, counts what was driven', () => {
  test('series that nothing has happened to yet are there, at 0', async () => {
    for (const expr of [
      'sum(points_transactions_total{type="earn", locale="en"})',
      'sum(points_redemptions_total{status="failed"})',
      'sum(points_errors_total{error_type="DEPENDENCY_UNAVAILABLE"})',
      'sum(points_dead_letters_total{topology="points", stage="deserialization"})',
      'sum(points_rate_limit_exceeded_total)',
      'sum(points_balance_latency_seconds_count{source="hit"})',
      'sum(points_balance_latency_seconds_count{source="miss"})',
    ]) {
      expect(await monitoring.valueOf(expr), expr).toBe(0);
    }
  });

  test('orders: entries by type and language, and how long their decision took', async () => {
    for (const id of [1, 2, 3]) expect(await service.post(service.merchant.shopDomain, shopOrder(id, buyer))).toBe(200);
    await counted('sum(points_transactions_total{type="earn", locale="en"})', 3);
    await counted('sum(points_webhooks_total{outcome="accepted"})', 3);
    await counted('sum(points_transaction_latency_seconds_count{path="direct"})', 3);
    expect(await monitoring.valueOf('sum(points_transaction_latency_seconds_sum{path="direct"})')).toBeGreaterThan(0);
  });

  test('balances: a read that Redis answers, and one that the ledger must', async () => {
    expect(await service.read(customerId())).toMatchObject({ balance: 75 });
    await counted('sum(points_balance_latency_seconds_count{source="hit"})', 1);
    await service.read(randomUUID());
    await counted('sum(points_balance_latency_seconds_count{source="miss"})', 1);
    await counted('sum(points_grpc_calls_total{method="/points.v1/GetPointsBalance", code="OK"})', 2);
  });

  test('redemptions: pending, completed and failed', async () => {
    const token = randomUUID();
    expect(await service.redeem(customerId(), token, 20)).toBe('pending');
    await counted('sum(points_redemptions_total{status="pending"})', 1);
    await service.send([
      settled({ outcome: 'completed', token, merchant: service.merchant.merchantId, customer: customerId() }),
    ]);
    await counted('sum(points_redemptions_total{status="completed"})', 1);
    expect(await service.redeem(customerId(), randomUUID(), 1_000)).toBe('failed');
    await counted('sum(points_redemptions_total{status="failed"})', 1);
    await counted('sum(points_transactions_total{type="spend"})', 1);
  });

  test('a merchant over its rate: once over it, and what waited apart from what did not', async () => {
    await Promise.all([11, 12, 13].map((id) => service.post(service.limited.shopDomain, shopOrder(id, buyer))));
    await until(
      'it is counted',
      async () => (await monitoring.valueOf('sum(points_rate_limit_exceeded_total)')) >= 1,
      30_000,
    );
    await counted('sum(points_transactions_total{type="earn"})', 6);
    const deferred = await monitoring.valueOf('sum(points_rate_limit_deferred_total)');
    expect(deferred).toBeGreaterThanOrEqual(1);
    await counted('sum(points_transaction_latency_seconds_count{path="deferred"})', deferred);
  });

  test('dead letters by error, and whatever the error', async () => {
    await service.produce(Array.from({ length: 6 }, () => Buffer.from('no Avro')));
    await counted('sum(points_dead_letters_total{topology="points", stage="deserialization"})', 6);
    await counted('sum(points_streams_dead_letters_total{topology="points"})', 6);
  });

  test('lag as Kafka has it: none, once everything is read', async () => {
    const groups = `group=~"${service.applicationId}-.+"`;
    await until(
      'lag is known',
      async () => (await monitoring.valueOf('max(points_group_lag_timestamp_seconds)')) > 0,
      30_000,
    );
    const names = (await monitoring.query(`count by (group) (points_group_lag_records{${groups}})`)).map(({ metric }) =>
      metric['group']?.replace(`${service.applicationId}-`, ''),
    );
    expect(names.sort()).toEqual(['balances', 'ingest', 'ledger', 'points', 'redemptions']);
    const mine = `{group="${service.applicationId}-points"}`;
    await until(
      'all is read',
      async () => (await monitoring.valueOf(`sum(points_group_lag_records${mine})`)) === 0,
      30_000,
    );
    expect(await monitoring.valueOf(`max(points_group_lag_seconds${mine})`)).toBe(0);
  });
});

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets?: readonly { readonly expr: string }[] }[];
}

/** Known only while it happens (a store is restored, a batch is tried again), or in a service with certificates or under load. */
const notAlways =
  /points_(streams_restore_remaining_records|streams_retries_total|certificate_not_after_seconds|certificate_rejected|shed_total)/;

describe('the dashboard', () => {
  test('asks Prometheus for what there is', async () => {
    const file = readFileSync(path.join(deployFolder, 'grafana/dashboards/points.json'), 'utf8');
    const queries = (JSON.parse(file) as Dashboard).panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ expr }) => ({ title, expr: expr.replaceAll('$__rate_interval', '1m') })),
    );
    expect(queries.length).toBeGreaterThan(30);
    const empty: string[] = [];
    for (const { title, expr } of queries) {
      const found = await monitoring.query(expr);
      if (found.length === 0 && !notAlways.test(expr)) empty.push(`${title}: ${expr}`);
    }
    expect(empty).toEqual([]);
  });
});

describe('an alert', () => {
  test('goes from Prometheus through Alertmanager to the topic of its severity, signed, with its value and its runbook', async () => {
    const { published } = monitoring.sns;
    const about = (alert: string) => published.filter(({ subject }) => subject.includes(alert));
    await until('SNS has heard of it', () => about('PointsTransactionFailures').length > 0, 60_000);
    const [critical] = about('PointsTransactionFailures');
    expect(critical).toMatchObject({
      topicArn: 'arn:aws:sns:eu-west-1:000000000000:points-critical',
      subject: 'FIRING critical: PointsTransactionFailures',
      message: expect.stringMatching(/\d+ transactions failed within an hour[^]*docs\/runbooks\/webhook-failures\.md/),
      authorization: expect.stringMatching(/^AWS4-HMAC-SHA256 Credential=key\/\d{8}\/eu-west-1\/sns\/aws4_request/),
    });
    await until('the warning is told too', () => about('PointsDeadLetters').length > 0, 60_000);
    expect(about('PointsDeadLetters')[0]?.topicArn).toMatch(/:points-warning$/);
    await until(
      'the watchdog barks',
      () => published.some(({ topicArn }) => topicArn.endsWith(':points-watchdog')),
      30_000,
    );
  }, 120_000);
});

describe('when Auth is away', () => {
  test('a fault is counted by its code, and the promise of reads that do not fail is broken', async () => {
    await service.auth.close();
    await expect(service.read(customerId(), 'another.token.altogether')).rejects.toMatchObject({
      facts: { status: 14 },
    });
    await counted('sum(points_errors_total{error_type="DEPENDENCY_UNAVAILABLE"})', 1);
    await counted('sum(points_grpc_calls_total{method="/points.v1/GetPointsBalance", code="UNAVAILABLE"})', 1);
    await until(
      'the burn rate shows it',
      async () => (await monitoring.valueOf('slo:points_burn:rate5m{slo="balance-failures"}')) > 1,
      20_000,
    );
  });
});

const documented = (): readonly string[] =>
  [...readFileSync(path.join(deployFolder, '../docs/metrics.md'), 'utf8').matchAll(/^\| `(points_\w+)/gm)].map(
    ([, name]) => String(name),
  );

/** Only where it is used: with Core, tracing, certificates, under load. */
const elsewhere = new Set(['points_core_lookups_total', 'points_core_latency_seconds', 'points_core_breaker_state']);

test('docs/metrics.md names every metric there is, and none that is not', async () => {
  const pages = await Promise.all((['service', 'balances-server'] as const).map((role) => service.page(role)));
  const shown = new Set(
    pages.flatMap((page) => [...page.matchAll(/^# TYPE (points_\w+) /gm)].map(([, name]) => String(name))),
  );
  expect([...shown].filter((name) => !documented().includes(name))).toEqual([]);
  expect(
    documented().filter((name) => !shown.has(name) && !elsewhere.has(name) && !/certificate|_shed_|_spans_/.test(name)),
  ).toEqual([]);
});
