import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { webhookTopics } from '../../../src/ingress/webhooks/topics.ts';
import { createRig, fixture, order, refund, sign, usdMerchant } from './rig.ts';

const statuses = [200, 400, 401, 413, 415];
const genuine = fixture('web-usd');

/** Changes bytes of a body in place, cuts some out, and puts some in. */
const mutation = fc.array(
  fc.record({
    at: fc.nat(genuine.length - 1),
    cut: fc.nat(20),
    insert: fc.oneof(
      fc.uint8Array({ maxLength: 8 }),
      fc
        .constantFrom('"', '{', '}', '[', ']', ',', ':', 'null', '\\u0000', '\r\n', '9'.repeat(40), '"__proto__":{},')
        .map((text) => Buffer.from(text)),
    ),
  }),
  { minLength: 1, maxLength: 4 },
);

const mutatedFrom = (original: Buffer) =>
  mutation.map((changes) =>
    changes.reduce<Buffer>((body, { at, cut, insert }) => {
      const from = at % body.length;
      return Buffer.concat([body.subarray(0, from), insert, body.subarray(from + cut)]);
    }, original),
  );

const mutated = mutatedFrom(genuine);

/** The least that a topic takes, and a body of the shape that Shopify sends. */
const others = [
  {
    topic: 'orders/cancelled',
    genuine: fixture('cancelled'),
    least: order({ cancelled_at: '2025-10-15T08:00:00Z' }),
  },
  { topic: 'refunds/create', genuine: fixture('full-usd', 'refunds'), least: refund({ order_adjustments: [] }) },
  {
    topic: 'customers/redact',
    genuine: fixture('customers-redact', 'compliance'),
    least: JSON.stringify({
      ...{ shop_id: 1, shop_domain: usdMerchant.shopDomain, customer: { id: 5 }, orders_to_redact: [] },
    }),
  },
  {
    topic: 'customers/data_request',
    genuine: fixture('customers-data_request', 'compliance'),
    least: JSON.stringify({
      ...{ shop_id: 1, shop_domain: usdMerchant.shopDomain, customer: { id: 5 }, data_request: { id: 1 } },
    }),
  },
  {
    topic: 'shop/redact',
    genuine: fixture('shop-redact', 'compliance'),
    least: JSON.stringify({ shop_id: 1, shop_domain: usdMerchant.shopDomain }),
  },
];

describe('a delivery from someone who knows the secret', () => {
  it('is answered, never failed, however its body is mutated', async () => {
    const rig = createRig();
    await fc.assert(
      fc.asyncProperty(mutated, async (body) => {
        const { statusCode } = await rig.post(body);
        expect(statuses).toContain(statusCode);
      }),
      { numRuns: 500 },
    );
    expect(rig.answered.map(([outcome]) => outcome)).not.toContain('failed');
  });

  it('is answered, never failed, whatever JSON it is', async () => {
    const rig = createRig();
    await fc.assert(
      fc.asyncProperty(fc.json({ maxDepth: 6 }), async (body) => {
        const { statusCode } = await rig.post(body);
        expect(statusCode).toBe(400);
      }),
      { numRuns: 200 },
    );
  });

  it('is answered, never failed, whatever the fields of an order hold', async () => {
    const rig = createRig();
    const keys = [
      'id',
      'customer',
      'test',
      'cancelled_at',
      'currency',
      'subtotal_price',
      'subtotal_price_set',
    ] as const;
    const others = [
      'created_at',
      'processed_at',
      'customer_locale',
      'financial_status',
      'source_name',
      '__proto__',
    ] as const;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...keys, ...others), fc.jsonValue({ maxDepth: 3 }), async (key, value) => {
        const body = order().replace(/}$/, `,${JSON.stringify(key)}:${JSON.stringify(value)}}`);
        const replaced = JSON.stringify({ ...(JSON.parse(order()) as object), [key]: value });
        expect(statuses).toContain((await rig.post(body)).statusCode);
        expect(statuses).toContain((await rig.post(replaced)).statusCode);
      }),
      { numRuns: 500 },
    );
    expect(rig.answered.map(([outcome]) => outcome)).not.toContain('failed');
  });

  it('keeps neighbouring ids beyond 2^53 apart', async () => {
    await fc.assert(
      fc.asyncProperty(fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 2n }), async (id) => {
        const rig = createRig();
        await rig.post(order().replace('5012340987001', String(id)));
        await rig.post(order().replace('5012340987001', String(id + 1n)));
        const [first, second] = rig.published;
        expect(first?.command['points.OrderCreated']?.order_id).toBe(String(id));
        expect(second?.event_id).not.toBe(first?.event_id);
      }),
      { numRuns: 50 },
    );
  });

  it('cannot reach an order through __proto__', async () => {
    const rig = createRig();
    const response = await rig.post(`{"__proto__":${order()}}`);
    expect(response.json()).toMatchObject({ status: 400, reason: 'order_id_invalid' });
    await rig.post(order().replace('{', '{"__proto__":{"test":true,"cancelled_at":"x"},'));
    expect(rig.published).toHaveLength(1);
    expect(Object.keys(Object.prototype)).toStrictEqual([]);
  });

  it('cannot put a line break into a record or a header', async () => {
    const rig = createRig();
    for (const key of ['id', 'currency', 'created_at', 'customer_locale', 'source_name', 'financial_status']) {
      await rig.post(order({ [key]: 'a\r\nx-injected: 1' }));
    }
    await rig.post(order({ customer: { id: '1\r\n2' } }));
    expect(JSON.stringify(rig.published)).not.toContain('\\r');
    expect(JSON.stringify(rig.logged)).not.toContain('\\r');
  });
});

describe('the other topics', () => {
  it('are all tried', () => {
    expect(['orders/create', ...others.map(({ topic }) => topic)].sort()).toStrictEqual(
      webhookTopics.map(({ name }) => name).sort(),
    );
  });
});

describe.each(others)('a delivery of $topic from someone who knows the secret', ({ topic, genuine: body, least }) => {
  it('is taken when it is genuine, and when it has only what is needed', async () => {
    const rig = createRig();
    await rig.post(body, {}, topic);
    await rig.post(least, {}, topic);
    expect(rig.answered.map(([outcome]) => outcome)).toStrictEqual(['accepted', 'accepted']);
  });

  it('is answered, never failed, however its body is mutated', async () => {
    const rig = createRig();
    await fc.assert(
      fc.asyncProperty(mutatedFrom(body), async (bytes) => {
        expect(statuses).toContain((await rig.post(bytes, {}, topic)).statusCode);
      }),
      { numRuns: 200 },
    );
    expect(rig.answered.map(([outcome]) => outcome)).not.toContain('failed');
  });

  it('is answered, never failed, whatever its fields hold', async () => {
    const rig = createRig();
    const fields = JSON.parse(least) as Record<string, unknown>;
    const value = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.array(fc.jsonValue({ maxDepth: 2 })));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...Object.keys(fields), '__proto__'), value, async (key, held) => {
        const replaced = JSON.stringify({ ...fields, [key]: held });
        const twice = least.replace(/}$/, `,${JSON.stringify(key)}:${JSON.stringify(held)}}`);
        expect(statuses).toContain((await rig.post(replaced, {}, topic)).statusCode);
        expect(statuses).toContain((await rig.post(twice, {}, topic)).statusCode);
      }),
      { numRuns: 300 },
    );
    expect(rig.answered.map(([outcome]) => outcome)).not.toContain('failed');
  });

  it('is refused when it is nested too deeply, or reached through __proto__', async () => {
    const rig = createRig();
    for (const bad of ['['.repeat(100_000), `{"__proto__":${least}}`]) {
      expect((await rig.post(bad, {}, topic)).statusCode).toBe(400);
    }
    expect(rig.published).toStrictEqual([]);
  });
});

describe('a delivery from someone who does not know the secret', () => {
  it('is turned away, however the body or the signature is mutated', async () => {
    const rig = createRig();
    const signature = sign(genuine);
    const forged = fc.oneof(
      mutated.filter((body) => !body.equals(genuine)).map((body) => ({ body, signature })),
      fc.string({ unit: 'grapheme-ascii' }).map((text) => ({ body: genuine, signature: text })),
      fc.base64String({ minLength: 44, maxLength: 44 }).map((text) => ({ body: genuine, signature: text })),
      fc.string({ minLength: 1 }).map((secret) => ({ body: genuine, signature: sign(genuine, secret) })),
    );
    await fc.assert(
      fc.asyncProperty(forged, async (delivery) => {
        const { statusCode } = await rig.post(delivery.body, { 'x-shopify-hmac-sha256': delivery.signature });
        expect(statusCode).toBe(401);
      }),
      { numRuns: 1000 },
    );
    expect(rig.published).toStrictEqual([]);
    expect(rig.asked.processed).toStrictEqual([]);
  });
});
