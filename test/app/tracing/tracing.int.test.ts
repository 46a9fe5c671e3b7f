import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { prepareProcess } from '../../../src/app/index.ts';
import { silentLogger } from '../../../src/common/logger.ts';
import { customerIdOf } from '../../../src/domain/index.ts';
import { startAuthServer } from '../../../src/ops/dev/auth-server.ts';
import { freePortOffset, portsAt } from '../../../src/ops/dev/ports.ts';
import { getBalance, newClient } from '../../egress/grpc-clients.ts';
import { redeem } from '../../egress/redeem-client.ts';
import { type CoreServer, startCoreServer } from '../../support/core-server.ts';
import { type CollectedSpan, type OtlpCollector, startOtlpCollector } from '../../support/otlp-collector.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { type ServiceInProcess, shopOrder, startServiceInProcess } from '../../support/service-in-process.ts';
import { temporaryFolder } from '../../support/servers.ts';
import { until } from '../../support/until.ts';

const endings: (() => unknown)[] = [];
const onEnd = (ending: () => unknown) => endings.unshift(ending);
afterAll(async () => {
  for (const ending of endings) await ending();
}, 60_000);

const logger = recordingLogger();
const shopifyCustomer = 7_700_001;
let collector: OtlpCollector;
let core: CoreServer;
let service: ServiceInProcess;
let token: string;
let grpcPort: number;

beforeAll(async () => {
  collector = await startOtlpCollector(onEnd);
  core = await startCoreServer(onEnd);
  core.answer = () => 'known';
  const traced = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_TRACES_SAMPLER_ARG: '1' };
  service = await startServiceInProcess({
    ...{ logger, onEnd, customerValidation: 'core', env: { ...traced, CORE_HOST: core.address } },
  });
  const auth = await startAuthServer({ port: 0, keyFolder: await temporaryFolder('auth') });
  onEnd(() => auth.close());
  const scopes = ['merchant:points:view', 'merchant:points:redeem'];
  token = await auth.issueToken({ merchantId: service.merchantId, scopes });
  grpcPort = portsAt(await freePortOffset()).grpc;
  const env = { ...service.env, AUTH_HOST: auth.address, POINTS_GRPC_HOST: '127.0.0.1' };
  const balances = await prepareProcess('balances-server', { ...env, POINTS_GRPC_PORT: String(grpcPort) }, () => {
    return silentLogger;
  }).start();
  onEnd(() => balances.lifecycle.stop('test'));
  await balances.started;
}, 120_000);

const spansOf = (correlationId: string): readonly CollectedSpan[] =>
  collector.spans.filter(({ attributes }) => attributes['correlation_id'] === correlationId);

/** The spans of a trace as lines, children indented below their parents. */
const treeOf = (spans: readonly CollectedSpan[]): readonly string[] => {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const isBelow = ({ parentSpanId }: CollectedSpan, parent: string | undefined): boolean =>
    parent === undefined ? parentSpanId === undefined || !ids.has(parentSpanId) : parentSpanId === parent;
  const below = (parent: string | undefined, depth: number): readonly string[] =>
    spans
      .filter((span) => isBelow(span, parent))
      .map(({ name, spanId }) => [`${'  '.repeat(depth)}${name}`, ...below(spanId, depth + 1)])
      // Of those with one name, the ones with nothing below them first.
      .toSorted((one, other) => one.join().localeCompare(other.join()))
      .flat();
  return below(undefined, 0);
};

const untilTraced = (correlationId: string, tree: readonly string[]): Promise<void> =>
  until(`the trace of ${correlationId} is whole`, () => spansOf(correlationId).length >= tree.length, 30_000).catch(
    (error: unknown) => {
      expect(treeOf(spansOf(correlationId))).toEqual(tree);
      throw error;
    },
  );

const decided = [
  'balances points.balances',
  '  set balance',
  'core.v1/GetCustomerRFM',
  'ledger audit_log',
  '  insert points_transactions',
];
const indented = (by: number, lines: readonly string[]): readonly string[] => lines.map((one) => '  '.repeat(by) + one);

describe('a service with a collector', () => {
  test('tells an order as one trace, from the webhook to the ledger and the balance', async () => {
    const correlationId = `order-${randomUUID()}`;
    // Whoever sends this is not known: it is no parent.
    const foreign = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const order = shopOrder(9_100_001, shopifyCustomer);
    const headers = { 'x-correlation-id': correlationId, traceparent: foreign };
    expect(await service.post('orders/create', order, randomUUID(), headers)).toBe(200);

    const tree = [
      'POST /orders/create',
      '  send points.ingest',
      '    decide points.ingest',
      ...indented(3, decided),
      ...indented(3, ['redemptions audit_log']),
    ];
    await untilTraced(correlationId, tree);
    const spans = spansOf(correlationId);
    expect(treeOf(spans)).toEqual(tree);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);

    const [webhook] = spans.filter(({ name }) => name === 'POST /orders/create');
    expect(webhook).toMatchObject({ kind: 2, parentSpanId: undefined, isError: false, role: 'service' });
    expect(webhook?.links).toMatchObject([{ traceId: foreign.split('-')[1], spanId: foreign.split('-')[2] }]);
    expect(webhook?.traceId).not.toBe(foreign.split('-')[1]);
    expect(webhook?.attributes).toEqual({
      ...{ 'http.request.method': 'POST', 'http.route': '/orders/create', 'http.response.status_code': 200 },
      ...{ 'points.outcome': 'accepted', merchant_id: service.merchantId, correlation_id: correlationId },
    });
    for (const { startNano, endNano } of spans) expect(endNano).toBeGreaterThanOrEqual(startNano);
    expect(core.asked.at(-1)?.traceparent).toMatch(new RegExp(`^00-${webhook?.traceId ?? ''}-[0-9a-f]{16}-01$`));
  });

  test('tells a redemption over gRPC as one trace, which begins with its caller’s', async () => {
    const correlationId = `redeem-${randomUUID()}`;
    const traceId = randomUUID().replaceAll('-', '');
    const metadata = { 'x-correlation-id': correlationId, traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
    const customer_id = customerIdOf(service.merchantId, String(shopifyCustomer));
    const request = {
      ...{ merchant_id: service.merchantId, customer_id, reward_id: randomUUID() },
      ...{ idempotency_token: randomUUID(), points: 10 },
    };
    const answer = await redeem(newClient(grpcPort), { token, request, metadata });
    expect(answer).toMatchObject({ code: 'OK', status: 'PENDING' });

    const tree = [
      'points.v1/RedeemReward',
      '  auth.v1/ValidateToken',
      '  send points.ingest',
      '    decide points.ingest',
      // The customer is known from the order, so Core is not asked; the log tells two things: an entry, and a status.
      ...indented(3, ['balances points.balances', '  set balance']),
      ...indented(3, ['ledger audit_log', 'ledger audit_log', '  insert points_transactions']),
      ...indented(3, ['redemptions audit_log', 'redemptions audit_log', '  upsert reward_redemptions']),
    ];
    await untilTraced(correlationId, tree);
    const spans = spansOf(correlationId);
    expect(treeOf(spans)).toEqual(tree);
    expect(new Set(spans.map((span) => span.traceId))).toEqual(new Set([traceId]));
    const [call] = spans.filter(({ name }) => name === 'points.v1/RedeemReward');
    expect(call).toMatchObject({ kind: 2, parentSpanId: '00f067aa0ba902b7', role: 'balances-server' });
    expect(call?.attributes).toMatchObject({ merchant_id: service.merchantId, 'rpc.response.status_code': 'OK' });
  });

  test('traces nothing for a caller who does not want it', async () => {
    const correlationId = `quiet-${randomUUID()}`;
    const traceparent = `00-${randomUUID().replaceAll('-', '')}-00f067aa0ba902b7-00`;
    const metadata = { 'x-correlation-id': correlationId, traceparent };
    const customerId = customerIdOf(service.merchantId, String(shopifyCustomer));
    const question = { token, merchantId: service.merchantId, customerId };
    const client = newClient(grpcPort);
    const ask = (id: string, more: Readonly<Record<string, string>>) =>
      getBalance(client, { ...question, metadata: { 'x-correlation-id': id, ...more } });
    expect(await ask(correlationId, metadata)).toMatchObject({ code: 'OK' });
    const after = `after-${randomUUID()}`;
    expect(await ask(after, {})).toMatchObject({ code: 'OK', balance: '15' });
    await until('what came after it is told', () => spansOf(after).length > 0, 10_000);
    expect(treeOf(spansOf(after))).toEqual(['points.v1/GetPointsBalance']);
    expect(spansOf(correlationId)).toEqual([]);
  });

  test('says nothing of customers or of what a shop sent', () => {
    const said = collector.spans.map(({ name, attributes }) => JSON.stringify([name, attributes])).join();
    expect(said).toContain(service.merchantId);
    expect(said).not.toContain(customerIdOf(service.merchantId, String(shopifyCustomer)));
    expect(said).not.toContain(String(shopifyCustomer));
    expect(said).not.toContain('9100001');
    expect(collector.requests.every(({ path }) => path === '/v1/traces')).toBe(true);
  });

  test('works on without its collector, counts what it drops, says so once, and stops in time', async () => {
    await collector.close();
    const customer = shopifyCustomer + 1;
    for (const id of [9_200_001, 9_200_002]) {
      expect(await service.post('orders/create', shopOrder(id, customer))).toBe(200);
    }
    const customerId = customerIdOf(service.merchantId, String(customer));
    await until('both are in the ledger', async () => (await service.entriesOf(customerId)).length === 2, 20_000);
    const dropped = () => service.metric('points_spans_dropped_total{reason="not_taken"}');
    await until('their spans are counted as lost', async () => (await dropped()) > 0, 20_000);
    expect(await service.metric('points_spans_exported_total')).toBeGreaterThan(0);
    const said = logger.lines.filter(({ message }) => message.startsWith('Spans are dropped'));
    expect(said).toMatchObject([{ level: 'warn', fields: { reason: 'not_taken' } }]);
    expect(await service.role.lifecycle.stop('test')).toBe(true);
  });
});
