import { describe, expect, it } from 'vitest';
import { readDeliveryHeaders } from '../../../src/ingress/webhooks/headers.ts';

const none = {
  shopDomain: null,
  signature: null,
  topic: null,
  deliveryId: null,
  correlationId: null,
  contentEncoding: null,
};

describe('readDeliveryHeaders', () => {
  it.each(['x-shopify-', 'shopify-'])('reads the family that begins with %s', (prefix) => {
    expect(
      readDeliveryHeaders({
        [`${prefix}shop-domain`]: 'Seed-Corner.myshopify.com',
        [`${prefix}hmac-sha256`]: 'c2lnbmF0dXJl',
        [`${prefix}topic`]: 'Orders/Create',
        [`${prefix}webhook-id`]: 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043',
        'x-correlation-id': 'checkout-7',
        'content-encoding': 'identity',
      }),
    ).toStrictEqual({
      shopDomain: 'seed-corner.myshopify.com',
      signature: 'c2lnbmF0dXJl',
      topic: 'orders/create',
      deliveryId: 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043',
      correlationId: 'checkout-7',
      contentEncoding: 'identity',
    });
  });

  it('prefers the older family where a delivery carries both', () => {
    expect(readDeliveryHeaders({ 'x-shopify-topic': 'orders/create', 'shopify-topic': 'Order' }).topic).toBe(
      'orders/create',
    );
  });

  it('finds nothing where there is nothing', () => {
    expect(readDeliveryHeaders({})).toStrictEqual(none);
  });

  it.each(['', 'two words', 'a, b', 'é', 'a\tb', 'x'.repeat(129)])('does not take %j for an id', (id) => {
    expect(readDeliveryHeaders({ 'x-shopify-webhook-id': id, 'x-correlation-id': id })).toStrictEqual(none);
  });

  it.each(['', 'two words', 'a/b', 'a@b', '.', 'a..b', 'x'.repeat(254)])('does not take %j for a shop', (shop) => {
    expect(readDeliveryHeaders({ 'x-shopify-shop-domain': shop })).toStrictEqual(none);
  });
});
