import { describe, expect, it } from 'vitest';
import { readOrder } from '../../../src/ingress/webhooks/order.ts';
import { DeliveryRefusedError } from '../../../src/ingress/problem.ts';
import { fixture, order } from './rig.ts';

const read = (body: string | Buffer) => readOrder(Buffer.from(body));

const reasonFor = (body: string): unknown => {
  try {
    return read(body);
  } catch (thrown) {
    return thrown instanceof DeliveryRefusedError ? thrown.reason : thrown;
  }
};

const web = {
  currency: 'USD',
  occurredAt: Date.UTC(2025, 9, 14, 16, 20, 31),
  customerLocale: 'en-CA',
  financialStatus: 'paid',
  sourceName: 'web',
};

describe('readOrder', () => {
  it.each([
    ['web-usd', { ...web, orderId: '5012340987124', customerId: '7089123456001', amountMinor: 12_999 }],
    [
      'ids-of-18-digits',
      { ...web, orderId: '820982911946154508', customerId: '115310627314723954', amountMinor: 4798 },
    ],
    [
      'pos-usd',
      {
        ...web,
        orderId: '5012340987128',
        customerId: '7089123456002',
        amountMinor: 850,
        customerLocale: null,
        sourceName: 'pos',
      },
    ],
    [
      'web-jpy',
      {
        ...web,
        orderId: '5012340987129',
        customerId: '7089123456003',
        amountMinor: 14_319,
        currency: 'JPY',
        customerLocale: 'ja',
      },
    ],
    [
      'web-kwd',
      {
        ...web,
        orderId: '5012340987130',
        customerId: '7089123456004',
        amountMinor: 12_345,
        currency: 'KWD',
        customerLocale: 'ar-KW',
      },
    ],
    [
      'two-currencies-aud-shown-usd',
      {
        ...web,
        orderId: '5012340987131',
        customerId: '7089123456005',
        amountMinor: 6033,
        currency: 'AUD',
        customerLocale: 'en-AU',
      },
    ],
    [
      'draft-usd',
      {
        ...web,
        orderId: '5012340987132',
        customerId: '7089123456006',
        amountMinor: 25_000,
        customerLocale: 'iw',
        financialStatus: 'pending',
        sourceName: 'shopify_draft_order',
      },
    ],
    [
      'app-source',
      {
        ...web,
        orderId: '5012340987136',
        customerId: '7089123456010',
        amountMinor: 3100,
        customerLocale: 'zh-TW',
        sourceName: '2329312',
      },
    ],
    ['amount-as-number', { ...web, orderId: '5012340987137', customerId: '7089123456011', amountMinor: 13_065 }],
    [
      'old-api-flat',
      {
        ...web,
        orderId: '450789471',
        customerId: '207119553',
        amountMinor: 4798,
        occurredAt: Date.UTC(2016, 2, 1, 8, 15),
        customerLocale: null,
        financialStatus: 'authorized',
      },
    ],
  ])('takes from %s what points depend on', (name, expected) => {
    expect(read(fixture(name))).toStrictEqual({ order: expected });
  });

  it.each([
    ['guest-null-customer', 'guest'],
    ['guest-no-customer-key', 'guest'],
    ['guest-null-customer-id', 'guest'],
    ['test-order', 'test_order'],
    ['cancelled', 'cancelled'],
    ['zero-amount', 'zero_amount'],
  ])('ignores %s as %s', (name, reason) => {
    expect(read(fixture(name))).toStrictEqual({ ignored: reason });
  });

  it.each([['0'], ['-5.00'], ['0.004'], ['0.000']])('ignores a subtotal of %s', (subtotal) => {
    expect(read(order({ subtotal_price: subtotal }))).toStrictEqual({ ignored: 'zero_amount' });
  });

  it.each([
    [
      'ids in text',
      { id: '820982911946154508', customer: { id: '115310627314723954' } },
      { orderId: '820982911946154508' },
    ],
    ['an id of 20 digits', { id: '18446744073709551615' }, { orderId: '18446744073709551615' }],
    ['a set without amount', { subtotal_price_set: { shop_money: { amount: null } } }, { amountMinor: 2500 }],
    ['a set without currency', { subtotal_price_set: { shop_money: { amount: '7' } } }, { amountMinor: 700 }],
    ['a set that is null', { subtotal_price_set: null }, { amountMinor: 2500 }],
    ['only processed_at', { created_at: null, processed_at: '2025-10-14T16:20:31.5Z' }, { occurredAt: 1760458831500 }],
    ['a locale that is no text', { customer_locale: 7 }, { customerLocale: null }],
    ['cancelled_at of no length', { cancelled_at: '' }, { amountMinor: 2500 }],
    ['test: null', { test: null }, { amountMinor: 2500 }],
  ])('takes %s', (_what, changes, expected) => {
    expect(read(order(changes))).toMatchObject({ order: expected });
  });

  it.each([
    ['an address', 'canary@example.com'],
    ['a telephone number', '+15550100111'],
    ['a name', 'Canary Bird'],
    ['a lower-case word', 'canary'],
    ['a word of its own and more', 'web\n'],
    ['a number', 5],
  ])('does not take %s for the source or status of an order', (_what, text) => {
    expect(read(order({ source_name: text, financial_status: text }))).toMatchObject({
      order: { sourceName: null, financialStatus: null },
    });
  });

  it.each([
    ['[]', 'order_not_an_object'],
    ['null', 'order_not_an_object'],
    ['5', 'order_not_an_object'],
    ['"text"', 'order_not_an_object'],
    ['{}', 'order_id_invalid'],
    ['{"__proto__":{"id":1}}', 'order_id_invalid'],
    [order({ id: null }), 'order_id_invalid'],
    [order({ id: 0 }), 'order_id_invalid'],
    [order({ id: -1 }), 'order_id_invalid'],
    [order({ id: 1.5 }), 'order_id_invalid'],
    [order({ id: 1e21 }), 'order_id_invalid'],
    [order({ id: '007' }), 'order_id_invalid'],
    [order({ id: '1\r\n2' }), 'order_id_invalid'],
    [order({ id: '1'.repeat(21) }), 'order_id_invalid'],
    [order({ id: true }), 'order_id_invalid'],
    [order({ customer: 5 }), 'customer_invalid'],
    [order({ customer: [] }), 'customer_invalid'],
    [order({ customer: { id: 'alice' } }), 'customer_invalid'],
    [order({ customer: { id: {} } }), 'customer_invalid'],
    [order({ test: 'true' }), 'test_invalid'],
    [order({ cancelled_at: 5 }), 'cancelled_at_invalid'],
    [order({ currency: undefined }), 'currency_invalid'],
    [order({ currency: 'usd' }), 'currency_invalid'],
    [order({ currency: 'US\n' }), 'currency_invalid'],
    [order({ subtotal_price: undefined }), 'amount_invalid'],
    [order({ subtotal_price: 'free' }), 'amount_invalid'],
    [order({ subtotal_price: true }), 'amount_invalid'],
    [order({ subtotal_price: '1e300' }), 'amount_invalid'],
    [order({ subtotal_price: '99999999999999999' }), 'amount_invalid'],
    [order({ created_at: undefined }), 'created_at_invalid'],
    [order({ created_at: 'yesterday' }), 'created_at_invalid'],
    [order({ created_at: '2025-10-14' }), 'created_at_invalid'],
    [order({ created_at: '2025-10-14T12:20:31' }), 'created_at_invalid'],
    [order({ created_at: '2025-13-14T12:20:31Z' }), 'created_at_invalid'],
    [order({ created_at: 1760458831 }), 'created_at_invalid'],
    [order({ customer: null, subtotal_price: 'free' }), 'amount_invalid'],
  ])('refuses %s as %s', (body, reason) => {
    expect(reasonFor(body)).toBe(reason);
  });
});
