import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createRig, fixture, type Rig } from './rig.ts';

const namesIn = (folder: string) =>
  readdirSync(new URL(`../../fixtures/${folder}`, import.meta.url)).map((file) => file.replace('.json', ''));

const names = namesIn('orders');
const refunds = namesIn('refunds');
/** That of a shop names no person. */
const compliance = namesIn('compliance').filter((name) => name !== 'shop-redact');

/** `customers-redact-guest` is a body of `customers/redact`. */
const topicOf = (name: string): string => name.split('-').slice(0, 2).join('/');

/** What every personal value in the fixtures has in it. */
const personal = /canary|\+1555|203\.0\.113|4242|28\.4682|ca9 9ry/i;

/** All that leaves the ingress, except to the sender's own eyes. */
const left = ({ published, logged, answered, asked }: Rig): string =>
  JSON.stringify({ published, logged, answered, processed: asked.processed });

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** The same order with a canary in the place of every text, at any depth. */
const allCanaries = (value: Json): Json => {
  if (typeof value === 'string') return 'canary-everywhere';
  if (Array.isArray(value)) return value.map(allCanaries);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, allCanaries(inner)]));
};

describe('personal data', () => {
  it('is in every fixture, so that the tests below mean something', () => {
    expect(names.filter((name) => !personal.test(fixture(name).toString()))).toStrictEqual([]);
    expect(names).toHaveLength(16);
    expect(refunds.filter((name) => !personal.test(fixture(name, 'refunds').toString()))).toStrictEqual([]);
    expect(refunds).toHaveLength(20);
    expect(compliance.filter((name) => !personal.test(fixture(name, 'compliance').toString()))).toStrictEqual([]);
    expect(compliance).toHaveLength(5);
  });

  it.each(names)('of %s goes neither into a command nor into a log line', async (name) => {
    const rig = createRig();
    const response = await rig.post(fixture(name));
    expect(response.statusCode).toBe(200);
    expect(rig.logged).toHaveLength(1);
    expect(left(rig)).not.toMatch(personal);
    expect(response.body).not.toMatch(personal);
  });

  it.each([
    ['orders/cancelled', 'cancelled', fixture('cancelled')] as const,
    ...refunds.map((name) => ['refunds/create', name, fixture(name, 'refunds')] as const),
    ...compliance.map((name) => [topicOf(name), name, fixture(name, 'compliance')] as const),
  ])('of %s (%s) goes neither into a command nor into a log line', async (topic, _name, body) => {
    const rig = createRig();
    const response = await rig.post(body, {}, topic);
    expect(response.statusCode).toBe(200);
    expect(rig.logged).toHaveLength(1);
    expect(left(rig)).not.toMatch(personal);
    expect(response.body).not.toMatch(personal);
  });

  it('does not pass even where it fills every text of a refund that is not needed', async () => {
    const rig = createRig();
    const genuine = JSON.parse(fixture('full-usd', 'refunds').toString()) as Record<string, Json>;
    const [first] = genuine['refund_line_items'] as Record<string, Json>[];
    const { created_at } = genuine;
    const item = { ...(allCanaries(first as Json) as object), subtotal_set: first?.['subtotal_set'] };
    const body = { ...(allCanaries(genuine) as object), created_at, refund_line_items: [item], order_adjustments: [] };
    await rig.post(JSON.stringify(body), {}, 'refunds/create');
    expect(rig.published).toMatchObject([{ command: { 'points.OrderRefunded': { amount_minor: 10_000 } } }]);
    expect(left(rig)).not.toMatch(personal);
  });

  it('does not pass even where it fills every text that is not needed', async () => {
    const rig = createRig();
    const genuine = JSON.parse(fixture('web-usd').toString()) as Record<string, Json>;
    const { created_at, currency, subtotal_price_set } = genuine;
    await rig.post(
      JSON.stringify({
        ...(allCanaries(genuine) as object),
        created_at,
        currency,
        subtotal_price_set,
        cancelled_at: null,
      }),
    );
    expect(rig.published).toMatchObject([
      { locale: 'en', command: { 'points.OrderCreated': { amount_minor: 12_999 } } },
    ]);
    expect(left(rig)).not.toMatch(personal);
  });

  it.each([
    ['refunds/create', '{"id":1,"order_id":"canary@example.com"}'],
    ['refunds/create', '{"id":1,"order_id":2,"refund_line_items":[{"subtotal":"canary"}]}'],
    ['customers/redact', '{"shop_id":1,"shop_domain":"canary.example.com"}'],
    [
      'customers/redact',
      '{"shop_id":1,"shop_domain":"seed-corner.myshopify.com","customer":{"id":"canary"},"orders_to_redact":[]}',
    ],
    [
      'customers/redact',
      '{"shop_id":1,"shop_domain":"seed-corner.myshopify.com","customer":{"id":5},"orders_to_redact":["canary"]}',
    ],
  ])('of a body that %s refuses is not repeated in log or answer', async (topic, body) => {
    const rig = createRig();
    const response = await rig.post(body, {}, topic);
    expect(response.statusCode).toBe(400);
    expect(left(rig) + response.body).not.toMatch(personal);
  });

  it.each([
    ['a wrong signature', { 'x-shopify-hmac-sha256': 'canary' }, ''],
    ['a broken body', {}, '{"note":"canary'],
    ['an amount that is none', {}, '{"id":1,"currency":"USD","subtotal_price":"canary"}'],
    ['an id that is none', {}, '{"id":"canary@example.com"}'],
    ['a key named twice', {}, '{"canary":1,"canary":2}'],
    ['a topic', { 'x-shopify-topic': 'canary' }, ''],
    ['a delivery id that is unfit', { 'x-shopify-webhook-id': 'canary bird' }, ''],
    ['a correlation id that is unfit', { 'x-correlation-id': 'canary bird' }, ''],
  ])('of %s is not repeated in log or answer', async (_what, headers, body) => {
    const rig = createRig();
    const response = await rig.post(body === '' ? fixture('web-usd') : body, headers);
    expect(left(rig)).not.toMatch(personal);
    expect(response.body + JSON.stringify(response.headers)).not.toMatch(personal);
  });
});
