import { stringify } from 'lossless-json';
import { describe, expect, test } from 'vitest';
import { customerIdOf } from '../../../src/domain/index.ts';
import { parseJson } from '../../../src/ingress/json.ts';
import { readTillItem } from '../../../src/ingress/requests/till-item.ts';
import { jpyMerchant, usdMerchant } from '../webhooks/rig.ts';

const now = Date.UTC(2026, 0, 31, 12, 30);
const token = '5c1d7a90-2b3e-4f6a-9c8d-7e0f1a2b3c4d';
const customer = 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa';

/** A spend of 100 points with changes; `undefined` leaves a key out. */
const spend = (changes: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> => ({
  type: 'spend',
  customer_id: customer,
  points: 100,
  idempotency_token: token,
  occurred_at: '2026-01-31T13:00:00+01:00',
  ...changes,
});
const sale = (changes: Readonly<Record<string, unknown>> = {}) =>
  spend({ type: 'earn', points: undefined, amount: '12.50', ...changes });

/** As it comes: through the parser that keeps numbers as they are written. */
const read = (item: unknown, merchant = usdMerchant) =>
  readTillItem(parseJson(Buffer.from(stringify(item) ?? '')), merchant, now);

describe('an item of a till', () => {
  test('is a spend of points', () => {
    expect(read(spend())).toEqual({
      item: {
        ...{ type: 'spend', customerId: customer, points: 100, amountMinor: null, currency: null, orderId: null },
        ...{ idempotencyToken: token, occurredAt: Date.UTC(2026, 0, 31, 12), locale: 'en' },
      },
    });
  });

  test('is a sale whose points the till gives, or the merchant’s rule', () => {
    expect(read(sale({ amount: undefined, points: 12 }))).toMatchObject({
      item: { type: 'earn', points: 12, amountMinor: null, currency: null },
    });
    expect(read(sale())).toMatchObject({ item: { points: 0, amountMinor: 1_250, currency: 'USD' } });
    expect(read(sale({ points: 12 }))).toMatchObject({ item: { points: 12, amountMinor: 1_250, currency: 'USD' } });
  });

  test('has its amount in minor units of its currency, exactly', () => {
    const amountOf = (amount: unknown, currency?: string, merchant = usdMerchant) =>
      read(sale({ amount, currency }), merchant);
    expect(amountOf('130.64999999999998')).toMatchObject({ item: { amountMinor: 13_065 } });
    expect(amountOf(0.1)).toMatchObject({ item: { amountMinor: 10 } });
    expect(amountOf('14319', undefined, jpyMerchant)).toMatchObject({ item: { amountMinor: 14_319, currency: 'JPY' } });
    expect(amountOf('1.234', 'KWD')).toMatchObject({ item: { amountMinor: 1_234, currency: 'KWD' } });
  });

  test('names its customer by our id or by Shopify’s, and its order by Shopify’s', () => {
    const shopify = sale({
      customer_id: undefined,
      shopify_customer_id: 7089123456001,
      order_id: '820982911946154508',
    });
    expect(read(shopify)).toMatchObject({
      item: { customerId: customerIdOf(usdMerchant.merchantId, '7089123456001'), orderId: '820982911946154508' },
    });
  });

  test('has ids in lower case, and the language that is asked for or the merchant’s', () => {
    const upper = spend({ customer_id: customer.toUpperCase(), idempotency_token: token.toUpperCase(), locale: 'iw' });
    expect(read(upper)).toMatchObject({ item: { customerId: customer, idempotencyToken: token, locale: 'he' } });
    expect(read(spend({ locale: 'no such language' }), jpyMerchant)).toMatchObject({ item: { locale: 'ja' } });
  });

  test('may be of any age, but not of more than a day from now', () => {
    expect(read(spend({ occurred_at: '2019-03-01T00:00:00Z' }))).toMatchObject({ item: {} });
    expect(read(spend({ occurred_at: '2026-02-01T12:30:00Z' }))).toMatchObject({ item: {} });
    expect(read(spend({ occurred_at: '2026-02-01T12:30:00.001Z' }))).toEqual({
      invalid: { idempotencyToken: token, reason: 'TIME_IN_FUTURE', fields: ['occurred_at'] },
    });
  });

  test.each([
    ['type', spend({ type: 'refund' })],
    ['type', spend({ type: undefined })],
    ['customer_id', spend({ customer_id: '4711' })],
    ['customer_id', spend({ customer_id: undefined })],
    ['customer_id', spend({ shopify_customer_id: '7089123456001' })],
    ['customer_id', spend({ customer_id: undefined, shopify_customer_id: '0' })],
    ['points', spend({ points: 0 })],
    ['points', spend({ points: -100 })],
    ['points', spend({ points: 1.5 })],
    ['points', spend({ points: undefined })],
    ['points', spend({ points: { much: true } })],
    ['points', sale({ amount: undefined })],
    ['points', sale({ points: 0 })],
    ['amount', spend({ amount: '5.00' })],
    ['currency', spend({ currency: 'USD' })],
    ['amount', sale({ amount: '0.00' })],
    ['amount', sale({ amount: '-1.00' })],
    ['amount', sale({ amount: '12,50' })],
    ['amount', sale({ amount: '1e400' })],
    ['amount', sale({ amount: ['1'] })],
    ['currency', sale({ currency: 'usd' })],
    ['currency', sale({ currency: 'XQQ' })],
    ['order_id', sale({ order_id: 'R2D2' })],
    ['idempotency_token', spend({ idempotency_token: 'abc' })],
    ['idempotency_token', spend({ idempotency_token: undefined })],
    ['occurred_at', spend({ occurred_at: 'yesterday' })],
    ['occurred_at', spend({ occurred_at: '2026-01-31T13:00:00' })],
    ['occurred_at', spend({ occurred_at: '2026-13-31T13:00:00Z' })],
    ['occurred_at', spend({ occurred_at: 1_769_860_000 })],
  ])('is invalid by its %s: %j', (field, item) => {
    expect(read(item)).toEqual({
      invalid: {
        idempotencyToken: field === 'idempotency_token' ? null : token,
        ...{ reason: 'FIELDS_INVALID', fields: [field] },
      },
    });
  });

  test.each([null, 7, 'spend', [], {}])('%j is none, and every field is named', (value) => {
    expect(read(value)).toEqual({
      invalid: {
        idempotencyToken: null,
        reason: 'FIELDS_INVALID',
        fields: ['type', 'customer_id', 'points', 'idempotency_token', 'occurred_at'],
      },
    });
  });

  test('is not led astray by what its keys are called', () => {
    const text = JSON.stringify(spend()).replace('{', '{"__proto__":{"points":1},"constructor":{"type":"earn"},');
    expect(readTillItem(parseJson(Buffer.from(text)), usdMerchant, now)).toEqual(read(spend()));
  });
});
