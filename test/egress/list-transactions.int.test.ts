import { randomUUID } from 'node:crypto';
import { type ServiceError, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLedgerPages, createLedgerStore, type MongoConnection } from '../../src/adapters/mongo/index.ts';
import { createTransactionLister } from '../../src/balances/index.ts';
import { DependencyUnavailableError } from '../../src/common/errors.ts';
import { type LogFields, silentLogger } from '../../src/common/logger.ts';
import type { PointsClient } from '../../src/contracts/grpc/index.ts';
import type { CallOutcome } from '../../src/egress/index.ts';
import { auditEntries } from '../support/audit-entries.ts';
import { preparedDatabase } from '../support/mongo-database.ts';
import { sharedServers } from '../support/servers.ts';
import { type CallOptions, customer, merchant, otherCustomer, otherMerchant } from './grpc-clients.ts';
import { startHarness } from './harness.ts';
import { metadataOf } from './watch-client.ts';

const description = 'ي'.repeat(280);
const scopes = ['merchant:points:view'];
let mongo: MongoConnection;

const append = async (entries: ReturnType<typeof auditEntries>): Promise<void> => {
  await createLedgerStore({ connection: mongo, clock: { now: () => 0 }, logger: silentLogger }).append(entries);
};

beforeAll(async () => {
  mongo = await preparedDatabase(sharedServers().mongo, afterAll);
  await append(auditEntries(250, { merchant_id: merchant, customer_id: customer, description, locale: 'ar' }));
  await append(auditEntries(2, { merchant_id: otherMerchant, customer_id: customer }));
});

interface ListOptions extends CallOptions {
  readonly pageSize?: number;
  readonly pageToken?: string;
}

/** One call of ListTransactions by a real client; never rejects. */
const list = (client: PointsClient, options: ListOptions) =>
  new Promise<{ code: string; details: string; sequences: number[]; next: string; first: object | undefined }>(
    (resolve) => {
      const request = {
        merchant_id: options.merchantId ?? merchant,
        customer_id: options.customerId ?? customer,
        page_size: options.pageSize ?? 0,
        page_token: options.pageToken ?? '',
      };
      const done = (
        error: ServiceError | null,
        answer?: { transactions: { sequence: string }[]; next_page_token: string },
      ) =>
        resolve({
          code: error === null ? 'OK' : status[error.code],
          details: error?.details ?? '',
          sequences: (answer?.transactions ?? []).map(({ sequence }) => Number(sequence)),
          next: answer?.next_page_token ?? '',
          first: answer?.transactions[0],
        });
      client.ListTransactions(request, metadataOf(options), { deadline: Date.now() + 5_000 }, done);
    },
  );

const start = async (deps: Parameters<typeof startHarness>[0] = {}) => {
  const transactions = createTransactionLister(createLedgerPages({ connection: mongo }));
  const harness = await startHarness({ transactions, ...deps });
  const token = await harness.auth.issueToken({ merchantId: merchant, scopes });
  return { ...harness, token };
};

const counting = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, index) => from - index);

describe('ListTransactions', () => {
  test('lists a customer’s entries page by page, newest first, and tells everything of each', async () => {
    const { client, token } = await start();
    const first = await list(client, { token });
    expect(first).toMatchObject({ code: 'OK', sequences: counting(250, 231) });
    expect(first.first).toEqual({
      ...{
        event_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        event_type: 'points.earned',
        type: 'earn',
        points: '10',
      },
      ...{ sequence: '250', balance_after: '2500', description, locale: 'ar', created_at: '1769862615250' },
      ...{ order_id: '820982911946154508', correlation_id: 'correlation-1' },
    });
    const second = await list(client, { token, pageToken: first.next, pageSize: 100 });
    expect(second.sequences).toEqual(counting(230, 131));
    const third = await list(client, { token, pageToken: second.next, pageSize: 100 });
    const last = await list(client, { token, pageToken: third.next, pageSize: 100 });
    expect([...third.sequences, ...last.sequences]).toEqual(counting(130, 1));
    expect(last.next).toBe('');
  });

  test('is empty for a customer nobody has heard of', async () => {
    const { client, token } = await start();
    expect(await list(client, { token, customerId: otherCustomer })).toMatchObject({
      code: 'OK',
      sequences: [],
      next: '',
    });
  });

  test.each([-1, 101, 2_147_483_647])('refuses pages of %i', async (pageSize) => {
    const { client, token } = await start();
    expect(await list(client, { token, pageSize })).toMatchObject({
      code: 'INVALID_ARGUMENT',
      details: 'page_size must be 1-100, or 0',
    });
  });

  test('refuses a page token that no page gave', async () => {
    const { client, token } = await start();
    for (const pageToken of ['nonsense', randomUUID(), 'x'.repeat(10_000)]) {
      expect(await list(client, { token, pageToken })).toMatchObject({
        code: 'INVALID_ARGUMENT',
        details: 'page_token must be the next_page_token of a page before',
      });
    }
  });

  test('opens nobody else’s entries by a page token of theirs', async () => {
    const { auth, client, token } = await start();
    const { next: pageToken } = await list(client, { token });
    const stranger = await auth.issueToken({ merchantId: otherMerchant, scopes });
    const answer = await list(client, { token: stranger, merchantId: otherMerchant, pageToken });
    expect(answer).toMatchObject({ code: 'OK', sequences: [2, 1] });
    expect(await list(client, { token: stranger, pageToken })).toMatchObject({ code: 'PERMISSION_DENIED' });
  });

  test('permits what GetPointsBalance permits, and every refusal reads the same', async () => {
    const { auth, client, token } = await start();
    const issue = (...some: string[]) => auth.issueToken({ merchantId: merchant, scopes: some, customerId: customer });
    const own = await issue('customer:points:view');
    expect(await list(client, { token: own })).toMatchObject({ code: 'OK' });
    const denied = { code: 'PERMISSION_DENIED', details: 'The token does not allow this' };
    expect(await list(client, { token: own, customerId: otherCustomer })).toMatchObject(denied);
    expect(await list(client, { token, merchantId: otherMerchant })).toMatchObject(denied);
    expect(await list(client, { token: await issue('merchant:points:redeem', 'merchant:points:pos') })).toMatchObject(
      denied,
    );
    expect(await list(client, {})).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await list(client, { token: own, customerId: '4711' })).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  test('is UNAVAILABLE while the ledger is away, and is accounted for like any call', async () => {
    const calls: CallOutcome[] = [];
    const lines: LogFields[] = [];
    const { client, token } = await start({
      transactions: { list: () => Promise.reject(new DependencyUnavailableError('MongoDB')) },
      logger: { ...silentLogger, debug: (fields) => lines.push(fields) },
      onCall: (call) => calls.push(call),
    });
    const answer = await list(client, { token, metadata: { 'x-correlation-id': 'abc' } });
    expect(answer).toMatchObject({ code: 'UNAVAILABLE', details: 'Temporarily unavailable, try again' });
    expect(calls).toMatchObject([{ method: '/points.v1/ListTransactions', code: 'UNAVAILABLE', streamed: false }]);
    const line = { correlation_id: 'abc', merchant_id: merchant, customer_id: customer, code: 'UNAVAILABLE' };
    expect(lines).toContainEqual(expect.objectContaining(line));
  });
});
