import { describe, expect, it } from 'vitest';
import { readCancellation } from '../../../src/ingress/webhooks/order.ts';
import { DeliveryRefusedError } from '../../../src/ingress/problem.ts';
import { fixture, order } from './rig.ts';

const cancelledAt = '2025-10-15T08:00:00-04:00';
const cancelled = (changes: Readonly<Record<string, unknown>> = {}): string =>
  order({ cancelled_at: cancelledAt, ...changes });

const read = (body: string | Buffer) => readCancellation(Buffer.from(body));

const reasonFor = (body: string | Buffer): unknown => {
  try {
    return read(body);
  } catch (thrown) {
    return thrown instanceof DeliveryRefusedError ? thrown.reason : thrown;
  }
};

describe('readCancellation', () => {
  it('takes from a cancelled order whose it was and when it was cancelled', () => {
    expect(read(fixture('cancelled'))).toStrictEqual({
      cancellation: {
        orderId: '5012340987134',
        customerId: '7089123456008',
        amountMinor: 1_000,
        occurredAt: Date.UTC(2025, 9, 14, 16, 20, 31),
        customerLocale: 'en-CA',
      },
    });
  });

  it('dates it by the cancellation, not by the order', () => {
    expect(read(cancelled())).toMatchObject({ cancellation: { occurredAt: Date.UTC(2025, 9, 15, 12) } });
  });

  it('keeps ids of 18 digits exact', () => {
    const body = fixture('ids-of-18-digits')
      .toString()
      .replace('"cancelled_at": null', `"cancelled_at": "${cancelledAt}"`);
    expect(read(body)).toMatchObject({
      cancellation: { orderId: '820982911946154508', customerId: '115310627314723954' },
    });
  });

  it.each([
    ['a guest', { customer: null }, 'guest'],
    ['a guest without an id', { customer: { id: null } }, 'guest'],
    ['a test order', { test: true }, 'test_order'],
    ['an order that cost nothing', { subtotal_price: '0.00' }, 'zero_amount'],
  ])('ignores that of %s', (_what, changes, reason) => {
    expect(read(cancelled(changes))).toStrictEqual({ ignored: reason });
  });

  it('refuses an order that is not cancelled, as one of orders/create sent here with its signature', () => {
    expect(reasonFor(fixture('web-usd'))).toBe('cancelled_at_invalid');
  });

  it.each([
    ['[]', 'order_not_an_object'],
    [cancelled({ id: null }), 'order_id_invalid'],
    [cancelled({ customer: { id: 'alice' } }), 'customer_invalid'],
    [cancelled({ test: 1 }), 'test_invalid'],
    [cancelled({ cancelled_at: 5 }), 'cancelled_at_invalid'],
    [cancelled({ cancelled_at: 'yesterday' }), 'cancelled_at_invalid'],
    [cancelled({ subtotal_price: 'free' }), 'amount_invalid'],
  ])('refuses %s as %s', (body, reason) => {
    expect(reasonFor(body)).toBe(reason);
  });
});
