import { describe, expect, test } from 'vitest';
import { customerIdOf, orderCancelEventId, orderEarnEventId, orderRefundEventId } from '../../src/domain/index.ts';
import { shopOrder, startServiceInProcess } from '../support/service-in-process.ts';
import { until } from '../support/until.ts';

const refundOf = (id: number, order: number, amount: string) => ({
  ...{ id, order_id: order, created_at: '2026-01-15T08:00:00Z', note: 'Canary did not like it' },
  refund_line_items: [{ subtotal_set: { shop_money: { amount, currency_code: 'USD' } } }],
});

describe('an order that is refunded in part, before it comes itself, and then cancelled', () => {
  test('takes back what it gave, by its webhooks, once each', async () => {
    const { merchantId, post, entriesOf, isDone } = await startServiceInProcess();
    const ann = customerIdOf(merchantId, '71');
    const refund = refundOf(9, 501, '10.00');
    const cancelled = shopOrder(501, 71, { cancelled_at: '2026-01-16T08:00:00Z' });
    const books = async () =>
      (await entriesOf(ann)).map((entry) => [String(entry['event_type']), entry['points'], entry['balance_after']]);

    expect(await post('refunds/create', refund)).toBe(200);
    expect(await post('orders/create', shopOrder(501, 71))).toBe(200);
    await until('what was refunded is taken back', () => isDone(orderRefundEventId(merchantId, '501', '9')), 30_000);
    expect(await books()).toEqual([
      ['order.created', 25, 25],
      ['order.refunded', 10, 15],
    ]);

    expect(await post('orders/cancelled', cancelled)).toBe(200);
    await until('the rest is taken back', () => isDone(orderCancelEventId(merchantId, '501')), 30_000);
    const last = shopOrder(502, 71);
    for (const [topic, body] of [
      ['orders/cancelled', cancelled],
      ['refunds/create', refund],
      ['orders/create', shopOrder(501, 71)],
      ['orders/create', last],
    ] as const) {
      expect(await post(topic, body)).toBe(200);
    }
    await until('a later order is written', () => isDone(orderEarnEventId(merchantId, '502')), 30_000);
    expect(await books()).toEqual([
      ['order.created', 25, 25],
      ['order.refunded', 10, 15],
      ['order.cancelled', 15, 0],
      ['order.created', 25, 25],
    ]);
  });
});
