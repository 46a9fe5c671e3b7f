import { describe, expect, it } from 'vitest';
import { nilUuid } from '../../../src/contracts/index.ts';
import { complianceEventId, customerIdOf, orderCancelEventId, orderRefundEventId } from '../../../src/domain/index.ts';
import { webhookTopics } from '../../../src/ingress/webhooks/topics.ts';
import { createRig, fixture, jpyMerchant, order, refund, type Rig, sign, usdMerchant } from './rig.ts';

const { merchantId } = usdMerchant;
const deliveryId = 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043';

/** A body that its topic takes. */
const bodies: Readonly<Record<string, Buffer>> = {
  'orders/create': fixture('web-usd'),
  'orders/cancelled': fixture('cancelled'),
  'refunds/create': fixture('partial-usd', 'refunds'),
  'customers/data_request': fixture('customers-data_request', 'compliance'),
  'customers/redact': fixture('customers-redact', 'compliance'),
  'shop/redact': fixture('shop-redact', 'compliance'),
};
const topics = webhookTopics.map(({ name }) => name);
const bodyOf = (topic: string): Buffer => bodies[topic] ?? Buffer.alloc(0);

const told = ({ logged, answered }: Rig) => ({ line: logged.at(-1), observed: answered.at(-1), lines: logged.length });

describe('the webhook topics', () => {
  it('are those that have a body in this test', () => {
    expect(Object.keys(bodies)).toStrictEqual(topics);
  });

  it('publish a cancellation under the id of the order’s one cancellation', async () => {
    const rig = createRig();
    const response = await rig.post(bodyOf('orders/cancelled'), { 'x-correlation-id': 'c-1' }, 'orders/cancelled');
    const event_id = orderCancelEventId(merchantId, '5012340987134');
    expect([response.statusCode, response.json()]).toStrictEqual([
      200,
      { status: 'accepted', event_id, correlation_id: 'c-1' },
    ]);
    expect(rig.published).toStrictEqual([
      {
        event_id,
        merchant_id: merchantId,
        customer_id: customerIdOf(merchantId, '7089123456008'),
        correlation_id: 'c-1',
        schema_version: '1.0.0',
        occurred_at: Date.UTC(2025, 9, 14, 16, 20, 31),
        locale: 'en-CA',
        delivery_id: deliveryId,
        command: { 'points.OrderCancelled': { order_id: '5012340987134' } },
      },
    ]);
  });

  it('publish a refund for a customer who is not known yet', async () => {
    const rig = createRig();
    const body = fixture('ids-of-18-digits', 'refunds');
    await rig.post(body, { 'x-correlation-id': 'c-1' }, 'refunds/create');
    expect(rig.published).toStrictEqual([
      {
        event_id: orderRefundEventId(merchantId, '820982911946154508', '890088186047892319'),
        merchant_id: merchantId,
        customer_id: nilUuid,
        correlation_id: 'c-1',
        schema_version: '1.0.0',
        occurred_at: Date.UTC(2025, 9, 20, 13, 58, 21),
        locale: 'en',
        delivery_id: deliveryId,
        command: {
          'points.OrderRefunded': {
            order_id: '820982911946154508',
            refund_id: '890088186047892319',
            amount_minor: 4798,
            currency: 'USD',
          },
        },
      },
    ]);
  });

  it("take a refund that names no currency for one in the merchant's", async () => {
    const rig = createRig();
    const body = refund({ refund_line_items: [{ subtotal: 14319 }] });
    const headers = {
      'x-shopify-shop-domain': jpyMerchant.shopDomain,
      'x-shopify-hmac-sha256': sign(body, 'secret of tane-ya'),
    };
    await rig.post(body, headers, 'refunds/create');
    expect(rig.published).toMatchObject([
      { locale: 'ja', command: { 'points.OrderRefunded': { amount_minor: 14_319, currency: 'JPY' } } },
    ]);
  });

  it.each([
    ['customers/redact', 'customer_redact', customerIdOf(merchantId, '7089123456001')],
    ['customers/data_request', 'customer_data_request', customerIdOf(merchantId, '7089123456001')],
    ['shop/redact', 'shop_redact', nilUuid],
  ])('publish %s under the id of its delivery, dated by when it came', async (topic, request, customer_id) => {
    const rig = createRig();
    const response = await rig.post(bodyOf(topic), { 'x-correlation-id': 'c-1' }, topic);
    expect(response.statusCode).toBe(200);
    expect(rig.published).toStrictEqual([
      {
        event_id: complianceEventId(merchantId, topic, deliveryId),
        merchant_id: merchantId,
        customer_id,
        correlation_id: 'c-1',
        schema_version: '1.0.0',
        occurred_at: rig.world.nowMs,
        locale: 'en',
        delivery_id: deliveryId,
        command: {
          'points.ComplianceRequested': {
            request,
            order_ids: topic === 'shop/redact' ? [] : ['5012340987124', '5012340987128'],
          },
        },
      },
    ]);
  });

  it.each(['customers/redact', 'customers/data_request', 'shop/redact'])(
    'refuse %s without a delivery id, by which alone it is known again',
    async (topic) => {
      const rig = createRig();
      const response = await rig.post(bodyOf(topic), { 'x-shopify-webhook-id': 'two words' }, topic);
      expect([response.statusCode, response.json().reason]).toStrictEqual([400, 'delivery_id_missing']);
    },
  );

  it('acknowledge what concerns a guest, and publish nothing', async () => {
    const rig = createRig();
    const guest = [
      [order({ customer: null, cancelled_at: '2025-10-15T08:00:00Z' }), 'orders/cancelled'],
      [fixture('customers-redact-guest', 'compliance'), 'customers/redact'],
    ] as const;
    for (const [body, topic] of guest) {
      const response = await rig.post(body, {}, topic);
      expect([response.statusCode, response.json()]).toStrictEqual([200, { status: 'ignored', reason: 'guest' }]);
    }
    expect(rig.published).toStrictEqual([]);
  });

  it('acknowledge a refund of shipping alone, and publish nothing', async () => {
    const rig = createRig();
    const response = await rig.post(fixture('shipping-only', 'refunds'), {}, 'refunds/create');
    expect(response.json()).toStrictEqual({ status: 'ignored', reason: 'zero_amount' });
    expect(told(rig)).toMatchObject({
      line: { fields: { event_type: 'order.refunded', outcome: 'ignored' } },
      observed: ['ignored', 'zero_amount', 0],
    });
    expect(rig.published).toStrictEqual([]);
  });
});

describe.each(topics)('POST /%s', (topic) => {
  const eventType = webhookTopics.find(({ name }) => name === topic)?.eventType;

  it('is taken, logged under its kind and counted', async () => {
    const rig = createRig();
    const response = await rig.post(bodyOf(topic), {}, topic);
    expect([response.statusCode, response.json().status]).toStrictEqual([200, 'accepted']);
    expect(rig.published).toHaveLength(1);
    expect(told(rig)).toMatchObject({
      line: { level: 'info', fields: { merchant_id: merchantId, event_type: eventType, outcome: 'accepted' } },
      observed: ['accepted', null, 0],
      lines: 1,
    });
  });

  it('is answered 200 without being published again once it is known as processed', async () => {
    const rig = createRig();
    await rig.post(bodyOf(topic), {}, topic);
    rig.world.processed = true;
    const response = await rig.post(bodyOf(topic), {}, topic);
    expect(response.json()).toStrictEqual({ status: 'duplicate' });
    expect(rig.published).toHaveLength(1);
    expect(rig.asked.processed.at(-1)).toStrictEqual([merchantId, rig.published[0]?.event_id, deliveryId]);
  });

  it.each([
    ['a wrong signature', { 'x-shopify-hmac-sha256': sign('other') }],
    ['an unknown shop', { 'x-shopify-shop-domain': 'nowhere.myshopify.com' }],
    ["another shop's signature", { 'x-shopify-shop-domain': jpyMerchant.shopDomain }],
  ])('turns %s away with 401, as Shopify demands', async (_what, headers) => {
    const rig = createRig();
    const response = await rig.post(bodyOf(topic), headers, topic);
    expect([response.statusCode, response.json().reason]).toStrictEqual([401, 'unauthorized']);
    expect(told(rig)).toMatchObject({ line: { fields: { event_type: eventType } }, lines: 1 });
    expect(rig.published).toStrictEqual([]);
  });

  it('turns away a delivery whose topic is another, though the body fits', async () => {
    const rig = createRig();
    const other = topics.find((name) => name !== topic) ?? '';
    const response = await rig.post(bodyOf(topic), { 'x-shopify-topic': other }, topic);
    expect([response.statusCode, response.json().reason]).toStrictEqual([400, 'topic_unexpected']);
    expect(rig.published).toStrictEqual([]);
  });

  it.each(topics.filter((name) => name !== topic))(
    'publishes nothing of a genuine body of %s, which has the same signature',
    async (other) => {
      const rig = createRig();
      await rig.post(bodyOf(other), {}, topic);
      expect(rig.published).toStrictEqual([]);
      expect(rig.answered).toHaveLength(1);
    },
  );

  it.each(['publisherAway', 'directoryAway'] as const)('asks to send it again later when %s', async (away) => {
    const rig = createRig();
    rig.world[away] = true;
    const response = await rig.post(bodyOf(topic), {}, topic);
    expect([response.statusCode, response.headers['retry-after']]).toStrictEqual([503, '5']);
  });

  it.each(['GET', 'PUT', 'DELETE', 'HEAD'] as const)('answers %s with 405', async (method) => {
    const rig = createRig();
    const response = await rig.app.inject({ method, url: `/${topic}` });
    expect([response.statusCode, response.headers['allow']]).toStrictEqual([405, 'POST']);
    expect(told(rig)).toMatchObject({ line: { fields: { event_type: eventType } }, lines: 1 });
  });
});
