import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeliveryRefusedError } from '../../../src/ingress/problem.ts';
import { readRefund } from '../../../src/ingress/webhooks/refund.ts';
import { fixture, refund } from './rig.ts';

const read = (body: string | Buffer, shopCurrency = 'USD') => readRefund(Buffer.from(body), shopCurrency);

const reasonFor = (body: string): unknown => {
  try {
    return read(body);
  } catch (thrown) {
    return thrown instanceof DeliveryRefusedError ? thrown.reason : thrown;
  }
};

const shopMoney = (amount: unknown, currency: unknown = 'USD') => ({
  shop_money: { amount, currency_code: currency },
  presentment_money: { amount: '999', currency_code: 'EUR' },
});
const items = (...amounts: readonly unknown[]) => ({
  refund_line_items: amounts.map((amount) => ({ subtotal_set: shopMoney(amount) })),
});

describe('readRefund', () => {
  it.each([
    ['full-usd', 12_999, 'USD'],
    ['partial-usd', 19_566, 'USD'],
    ['two-of-three-usd', 2000, 'USD'],
    ['two-currencies-aud-shown-usd', 6033, 'AUD'],
    ['jpy', 14_319, 'JPY'],
    ['kwd', 12_345, 'KWD'],
    ['inexact-number', 13_065, 'USD'],
    ['amount-only', 1000, 'USD'],
    ['amount-only-new-api', 1000, 'USD'],
    ['payment-pending', 10_000, 'USD'],
    ['fee-kept', 10_000, 'USD'],
    ['restocked-without-payment', 10_000, 'USD'],
  ])('takes from %s what is refunded of the subtotal', (name, amountMinor, currency) => {
    expect(read(fixture(name, 'refunds'))).toMatchObject({ refund: { amountMinor, currency } });
  });

  it('takes ids of 18 digits exact, and when the refund was made', () => {
    expect(read(fixture('ids-of-18-digits', 'refunds'))).toStrictEqual({
      refund: {
        refundId: '890088186047892319',
        orderId: '820982911946154508',
        amountMinor: 4798,
        currency: 'USD',
        occurredAt: Date.UTC(2025, 9, 20, 13, 58, 21),
      },
    });
  });

  it('takes the flat amounts of old API versions for money of the shop', () => {
    expect(read(fixture('old-api-flat', 'refunds'), 'CAD')).toMatchObject({
      refund: { amountMinor: 4998, currency: 'CAD', occurredAt: Date.UTC(2016, 2, 2, 8, 15) },
    });
  });

  it.each([
    ['shipping-only', 'zero_amount'],
    ['shipping-only-old-api', 'zero_amount'],
    ['duties-only', 'zero_amount'],
    ['free-item', 'zero_amount'],
    ['nothing', 'zero_amount'],
    ['test-payment', 'test_order'],
  ])('ignores %s as %s', (name, reason) => {
    expect(read(fixture(name, 'refunds'))).toStrictEqual({ ignored: reason });
  });

  it.each([
    ['a line item whose set says no amount', { refund_line_items: [{ subtotal: 7.5 }] }, 750],
    ['amounts in text and in numbers', items('1.10', 2.2, '3'), 630],
    ['an adjustment of its own beside line items', { order_adjustments: [{ amount: '-1.00' }] }, 2600],
    ['an adjustment of another kind', { order_adjustments: [{ kind: 'tip', amount: '-1.00' }] }, 2500],
    ['lists that are null', { order_adjustments: null, transactions: null }, 2500],
    ['one payment that is a test among others', { transactions: [{ test: true }, { test: false }] }, 2500],
    ['only processed_at', { created_at: null, processed_at: '2025-10-20T13:58:21Z' }, 2500],
  ])('takes %s', (_what, changes, amountMinor) => {
    expect(read(refund(changes))).toMatchObject({ refund: { amountMinor } });
  });

  it('adds amounts up exactly, however many there are', () => {
    const cents = fc.array(fc.integer({ min: 1, max: 10_000_000 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(cents, (amounts) => {
        const texts = amounts.map((amount) => `${Math.floor(amount / 100)}.${String(amount % 100).padStart(2, '0')}`);
        expect(read(refund(items(...texts)))).toMatchObject({
          refund: { amountMinor: amounts.reduce((sum, amount) => sum + amount, 0) },
        });
      }),
    );
  });

  it.each([
    ['[]', 'refund_not_an_object'],
    ['{}', 'refund_id_invalid'],
    [refund({ id: 1.5 }), 'refund_id_invalid'],
    [refund({ order_id: null }), 'order_id_invalid'],
    [refund({ order_id: '1\r\n2' }), 'order_id_invalid'],
    [refund({ refund_line_items: {} }), 'refund_line_items_invalid'],
    [refund({ refund_line_items: [5] }), 'refund_line_items_invalid'],
    [refund({ refund_line_items: [null] }), 'refund_line_items_invalid'],
    [refund({ refund_line_items: [{}] }), 'amount_invalid'],
    [refund(items('free')), 'amount_invalid'],
    [refund(items('-5.00')), 'amount_invalid'],
    [refund(items('90071992547409.91', '90071992547409.91')), 'amount_invalid'],
    [refund({ refund_line_items: [{ subtotal_set: shopMoney('5', 'usd') }] }), 'currency_invalid'],
    [
      refund({ refund_line_items: [{ subtotal_set: shopMoney('5') }, { subtotal_set: shopMoney('5', 'CAD') }] }),
      'currency_invalid',
    ],
    [refund({ order_adjustments: 'none' }), 'order_adjustments_invalid'],
    [refund({ order_adjustments: [{ amount: 'some' }] }), 'amount_invalid'],
    [refund({ transactions: 1 }), 'transactions_invalid'],
    [refund({ transactions: [{ test: 'true' }] }), 'test_invalid'],
    [refund({ created_at: 'yesterday' }), 'created_at_invalid'],
    [refund({ created_at: undefined }), 'created_at_invalid'],
  ])('refuses %s as %s', (body, reason) => {
    expect(reasonFor(body)).toBe(reason);
  });
});
