import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { DependencyUnavailableError } from '../../../src/common/errors.ts';
import { orderEarnEventId, tokenEventId } from '../../../src/domain/index.ts';
import { outcomeFor } from '../../support/requests.ts';
import { createRequestRig, customer, otherCustomer } from './request-rig.ts';
import { jpyMerchant, usdMerchant } from '../webhooks/rig.ts';

const { merchantId } = usdMerchant;
const [t1, t2, t3, t4] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];

/** A spend of 100 points with changes; `undefined` leaves a key out. */
const spend = (token: string, changes: Readonly<Record<string, unknown>> = {}) => ({
  type: 'spend',
  customer_id: customer,
  points: 100,
  idempotency_token: token,
  occurred_at: '2026-01-31T12:00:00Z',
  ...changes,
});
const sale = (token: string, changes: Readonly<Record<string, unknown>> = {}) =>
  spend(token, { type: 'earn', points: undefined, amount: '12.50', ...changes });
const batch = (...transactions: readonly unknown[]) => ({ transactions });

const plain = { reason: null, points: null, balance_after: null };

describe('POST /pos/transactions', () => {
  test('gives each item its own answer, in their order', async () => {
    const rig = createRequestRig();
    rig.world.decide = (command) => {
      if (command.event_id === tokenEventId(merchantId, t2)) {
        return outcomeFor(command, { kind: 'refusal', reason: 'INSUFFICIENT_POINTS', balance_after: 12 });
      }
      if (command.event_id === tokenEventId(merchantId, t3)) return undefined;
      return outcomeFor(command, { points: command.command['points.PosTransaction']?.points || 12, balance_after: 12 });
    };
    const response = await rig.till(batch(sale(t1), spend(t2), spend(t3), spend('?'), spend(t4, { points: 0 }), 7));
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({
      transactions: [
        { idempotency_token: t1, status: 'accepted', reason: null, points: 12, balance_after: 12 },
        { idempotency_token: t2, status: 'refused', reason: 'INSUFFICIENT_POINTS', points: 100, balance_after: 12 },
        { idempotency_token: t3, status: 'pending', ...plain },
        {
          ...{ idempotency_token: null, status: 'invalid', ...plain, reason: 'FIELDS_INVALID' },
          fields: ['idempotency_token'],
        },
        { idempotency_token: t4, status: 'invalid', ...plain, reason: 'FIELDS_INVALID', fields: ['points'] },
        {
          ...{ idempotency_token: null, status: 'invalid', ...plain, reason: 'FIELDS_INVALID' },
          fields: ['type', 'customer_id', 'points', 'idempotency_token', 'occurred_at'],
        },
      ],
      correlation_id: 'made-1',
    });
    expect(rig.items).toEqual(['accepted', 'refused', 'pending', 'invalid', 'invalid', 'invalid']);
    expect(rig.logged).toMatchObject([
      { fields: { merchant_id: merchantId, items: { accepted: 1, refused: 1, pending: 1, invalid: 3 } } },
    ]);
  });

  test('makes a sale that names its order the same event as the order, and anything else that of its token', async () => {
    const rig = createRequestRig();
    const order = { order_id: '820982911946154508' };
    await rig.till(batch(sale(t1, order), spend(t2, order), sale(t3, { points: 5, locale: 'he' })));
    expect(rig.published.map(({ event_id }) => event_id)).toEqual([
      orderEarnEventId(merchantId, order.order_id),
      tokenEventId(merchantId, t2),
      tokenEventId(merchantId, t3),
    ]);
    expect(rig.published[2]).toEqual({
      ...{ event_id: tokenEventId(merchantId, t3), merchant_id: merchantId, customer_id: customer, locale: 'he' },
      ...{
        correlation_id: 'made-1',
        schema_version: '1.0.0',
        occurred_at: Date.UTC(2026, 0, 31, 12),
        delivery_id: null,
      },
      command: {
        'points.PosTransaction': {
          ...{ type: 'earn', points: 5, idempotency_token: t3, order_id: null, amount_minor: 1_250, currency: 'USD' },
        },
      },
    });
  });

  test('accepts a sale with the points that its order’s webhook has paid', async () => {
    const rig = createRequestRig();
    rig.world.decide = (command) => outcomeFor(command, { points: 47, balance_after: 147 });
    const response = await rig.till(batch(sale(t1, { order_id: '820982911946154508', points: 50 })));
    expect(response.json()).toMatchObject({ transactions: [{ status: 'accepted', points: 47, balance_after: 147 }] });
  });

  test('takes a token that comes twice as one request, and two that differ as a conflict', async () => {
    const rig = createRequestRig();
    const response = await rig.till(
      batch(spend(t1), spend(t1, { locale: 'ar' }), spend(t1, { points: 99 }), spend(t1.toUpperCase())),
    );
    const accepted = { idempotency_token: t1, status: 'accepted', reason: null, points: 100, balance_after: 900 };
    expect(response.json()).toMatchObject({
      transactions: [
        accepted,
        accepted,
        { idempotency_token: t1, status: 'conflict', ...plain, reason: 'OTHER_REQUEST' },
        accepted,
      ],
    });
    expect(rig.published).toHaveLength(1);
  });

  test('answers a batch that is sent again the same, and says which tokens have become others', async () => {
    const rig = createRequestRig();
    const first = await rig.till(batch(spend(t1), sale(t2)));
    const again = await rig.till(batch(spend(t1), sale(t2)));
    expect(again.json()).toMatchObject({ transactions: first.json<{ transactions: unknown[] }>().transactions });
    const changed = await rig.till(batch(spend(t1, { points: 1 }), spend(t2)));
    expect(changed.json()).toMatchObject({ transactions: [{ status: 'conflict' }, { status: 'conflict' }] });
    expect(rig.published).toHaveLength(2);
  });

  test('publishes one customer’s items in order, and none behind one that could not be', async () => {
    const rig = createRequestRig();
    rig.world.publish = async ({ event_id }) => {
      if (event_id === tokenEventId(merchantId, t2)) throw new DependencyUnavailableError('Kafka');
    };
    const response = await rig.till(batch(sale(t1), spend(t2), sale(t3), spend(t4, { customer_id: otherCustomer })));
    expect(response.json()).toMatchObject({
      transactions: [
        { status: 'accepted' },
        { idempotency_token: t2, status: 'pending', ...plain, reason: 'NOT_TAKEN' },
        { idempotency_token: t3, status: 'pending', ...plain, reason: 'NOT_TAKEN' },
        { status: 'accepted' },
      ],
    });
    expect(new Set(rig.published.map(({ event_id }) => event_id))).toEqual(
      new Set([tokenEventId(merchantId, t1), tokenEventId(merchantId, t4)]),
    );
  });

  test('answers 503 where nothing of a batch could be taken', async () => {
    const rig = createRequestRig();
    rig.world.publish = async () => Promise.reject(new DependencyUnavailableError('Kafka'));
    const response = await rig.till(batch(sale(t1), spend(t2), spend(t2)));
    expect([response.statusCode, response.headers['retry-after']]).toEqual([503, '5']);
    expect((await rig.till(batch(sale(t1), 7))).statusCode).toBe(200);
  });

  test('is pending where it waits for Kafka', async () => {
    const rig = createRequestRig({ waitMs: 60_000 });
    rig.world.publish = async () => 'buffered';
    rig.world.decide = () => undefined;
    expect((await rig.till(batch(sale(t1), spend(t2)))).json()).toMatchObject({
      transactions: [
        { status: 'pending', reason: null },
        { status: 'pending', reason: null },
      ],
    });
    expect(rig.published).toHaveLength(2);
  });

  test.each([
    [{}, ['transactions']],
    [{ transactions: [] }, ['transactions']],
    [{ transactions: {} }, ['transactions']],
    [{ transactions: Array.from({ length: 101 }, () => 7) }, ['transactions']],
    [{ merchant_id: '4711' }, ['merchant_id', 'transactions']],
    [[], undefined],
  ])('refuses %.60j', async (body, fields) => {
    const rig = createRequestRig();
    const response = await rig.till(body);
    expect(response.json()).toMatchObject({ status: 400, reason: 'fields_invalid' });
    expect(response.json<{ fields?: string[] }>().fields).toEqual(fields);
  });

  test('takes a hundred items, and no body of more than 256 KiB', async () => {
    const rig = createRequestRig();
    const items = Array.from({ length: 100 }, (_, index) =>
      spend(randomUUID(), { customer_id: index % 2 === 0 ? customer : otherCustomer }),
    );
    const response = await rig.till(batch(...items));
    expect(new Set(rig.items)).toEqual(new Set(['accepted']));
    expect(response.json<{ transactions: unknown[] }>().transactions).toMatchObject(
      items.map(({ idempotency_token }) => ({ idempotency_token })),
    );
    const large = await rig.till(batch(spend(t1, { note: 'x'.repeat(256 * 1024) })));
    expect(large.json()).toMatchObject({ status: 413, reason: 'body_too_large' });
  });

  test.each([
    ['pos', merchantId, 200],
    ['pos', undefined, 200],
    ['pos', jpyMerchant.merchantId, 403],
    ['pos', randomUUID(), 403],
    ['merchant-redeem', merchantId, 403],
    ['customer-redeem', undefined, 403],
    ['merchant-view', merchantId, 403],
    ['forged', merchantId, 401],
  ])('with a token %s for merchant %s: %i', async (token, merchant_id, status) => {
    const rig = createRequestRig();
    const response = await rig.till({ merchant_id, ...batch(spend(t1)) }, token);
    expect(response.statusCode).toBe(status);
    expect(rig.published).toHaveLength(status === 200 ? 1 : 0);
  });
});

test('Nothing of an item passes but what points need', async () => {
  const rig = createRequestRig();
  const secret = 'canary@example.com';
  const more = { email: secret, cashier: { name: secret }, locale: secret };
  const response = await rig.till(
    batch(spend(t1, more), sale(t2, { ...more, currency: secret }), spend(secret), { [secret]: secret }),
  );
  expect(rig.published).toHaveLength(1);
  expect(JSON.stringify([rig.published, rig.logged, rig.answered, response.body])).not.toContain(secret);
});
