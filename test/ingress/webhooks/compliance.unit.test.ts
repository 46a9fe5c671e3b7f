import { describe, expect, it } from 'vitest';
import { type ComplianceTopic, readCompliance } from '../../../src/ingress/webhooks/compliance.ts';
import { DeliveryRefusedError } from '../../../src/ingress/problem.ts';
import { fixture, usdMerchant } from './rig.ts';

const read = (body: string | Buffer, topic: ComplianceTopic) =>
  readCompliance(Buffer.from(body), topic, usdMerchant.shopDomain);

const reasonFor = (body: string | Buffer, topic: ComplianceTopic): unknown => {
  try {
    return read(body, topic);
  } catch (thrown) {
    return thrown instanceof DeliveryRefusedError ? thrown.reason : thrown;
  }
};

const redact = (changes: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({
    shop_id: 548380009,
    shop_domain: usdMerchant.shopDomain,
    customer: { id: 7089123456001 },
    orders_to_redact: [],
    ...changes,
  });

describe('readCompliance', () => {
  it.each<[string, ComplianceTopic, string | null, readonly string[]]>([
    ['customers-redact', 'customers/redact', '7089123456001', ['5012340987124', '5012340987128']],
    ['customers-redact-no-orders', 'customers/redact', '7089123456001', []],
    ['customers-redact-ids-of-18-digits', 'customers/redact', '115310627314723954', ['820982911946154508']],
    ['customers-data_request', 'customers/data_request', '7089123456001', ['5012340987124', '5012340987128']],
    ['shop-redact', 'shop/redact', null, []],
  ])('takes from %s whose data is meant', (name, topic, customerId, orderIds) => {
    expect(read(fixture(name, 'compliance'), topic)).toStrictEqual({ request: { customerId, orderIds } });
  });

  it('ignores a guest, of whom we hold nothing', () => {
    expect(read(fixture('customers-redact-guest', 'compliance'), 'customers/redact')).toStrictEqual({
      ignored: 'guest',
    });
  });

  it('means all orders where more are named than a record takes', () => {
    const many = Array.from({ length: 10_001 }, (_, index) => 5012340900000 + index);
    expect(read(redact({ orders_to_redact: many }), 'customers/redact')).toMatchObject({ request: { orderIds: [] } });
    expect(read(redact({ orders_to_redact: many.slice(1) }), 'customers/redact')).toMatchObject({
      request: { orderIds: { length: 10_000 } },
    });
  });

  it.each<[string, ComplianceTopic]>([
    ['customers-redact', 'shop/redact'],
    ['customers-redact-guest', 'shop/redact'],
    ['customers-redact', 'customers/data_request'],
    ['customers-data_request', 'customers/redact'],
    ['customers-data_request', 'shop/redact'],
    ['shop-redact', 'customers/redact'],
    ['shop-redact', 'customers/data_request'],
  ])('refuses that of %s at %s, where its signature would fit too', (name, topic) => {
    expect(reasonFor(fixture(name, 'compliance'), topic)).toBe('body_of_another_topic');
  });

  it.each<[string, ComplianceTopic]>([
    ['customers-redact', 'customers/redact'],
    ['customers-data_request', 'customers/data_request'],
    ['shop-redact', 'shop/redact'],
  ])("refuses that of %s for another shop, be it signed by the app's one secret", (name, topic) => {
    const body = fixture(name, 'compliance');
    expect(() => readCompliance(body, topic, 'tane-ya.myshopify.com')).toThrow('does not name the shop');
  });

  it.each(['customers/redact', 'customers/data_request', 'shop/redact'] as const)('refuses an order at %s', (topic) => {
    expect(reasonFor(fixture('web-usd'), topic)).toBe('shop_invalid');
  });

  it.each([
    ['[]', 'request_not_an_object'],
    ['{}', 'shop_invalid'],
    [redact({ shop_id: 'mine' }), 'shop_invalid'],
    [redact({ shop_domain: null }), 'shop_invalid'],
    [redact({ shop_domain: 5 }), 'shop_invalid'],
    [redact({ customer: 5 }), 'customer_invalid'],
    [redact({ customer: { id: 'canary@example.com' } }), 'customer_invalid'],
    [redact({ customer: undefined }), 'body_of_another_topic'],
    [redact({ orders_to_redact: undefined }), 'body_of_another_topic'],
    [redact({ orders_to_redact: {} }), 'order_ids_invalid'],
    [redact({ orders_to_redact: ['#1042'] }), 'order_ids_invalid'],
    [redact({ orders_to_redact: [null] }), 'order_ids_invalid'],
    [redact({ customer: null, orders_to_redact: ['x'] }), 'order_ids_invalid'],
  ])('refuses %s as %s', (body, reason) => {
    expect(reasonFor(body, 'customers/redact')).toBe(reason);
  });

  it('takes the shop in any case of letters', () => {
    expect(read(redact({ shop_domain: 'Seed-Corner.myshopify.com' }), 'customers/redact')).toMatchObject({
      request: { customerId: '7089123456001' },
    });
  });
});
