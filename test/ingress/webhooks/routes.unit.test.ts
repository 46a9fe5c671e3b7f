import { describe, expect, it } from 'vitest';
import { fixture, jpyMerchant, order, type Rig, createRig, sign, usdMerchant } from './rig.ts';

/** Last log line and observation of a rig, to be compared in one go. */
const told = ({ logged, answered }: Rig) => ({ line: logged.at(-1), observed: answered.at(-1), lines: logged.length });

describe('POST /orders/create', () => {
  it('publishes an order and then answers 200 with its event id', async () => {
    const rig = createRig();
    rig.world.publishMs = 12;
    const response = await rig.post(fixture('ids-of-18-digits'), { 'x-correlation-id': 'checkout-7' });

    expect(response.statusCode).toBe(200);
    expect(response.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'x-correlation-id': 'checkout-7',
    });
    expect(response.json()).toStrictEqual({
      status: 'accepted',
      event_id: 'f38f51f7-022c-5abc-a0b6-0f27fa1f8293',
      correlation_id: 'checkout-7',
    });
    expect(rig.published).toStrictEqual([
      {
        event_id: 'f38f51f7-022c-5abc-a0b6-0f27fa1f8293',
        merchant_id: '6f1f64b4-3c5f-4c0e-9b52-1f6b8f0c2a11',
        customer_id: 'abebe30e-2199-5b32-851a-9b87b1b2fcaf',
        correlation_id: 'checkout-7',
        schema_version: '1.0.0',
        occurred_at: Date.UTC(2025, 9, 14, 16, 20, 31),
        locale: 'en-CA',
        delivery_id: 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043',
        command: {
          'points.OrderCreated': {
            order_id: '820982911946154508',
            amount_minor: 4798,
            currency: 'USD',
            financial_status: 'paid',
            source_name: 'web',
          },
        },
      },
    ]);
    expect(told(rig)).toStrictEqual({
      line: {
        level: 'info',
        fields: {
          merchant_id: '6f1f64b4-3c5f-4c0e-9b52-1f6b8f0c2a11',
          customer_id: 'abebe30e-2199-5b32-851a-9b87b1b2fcaf',
          event_id: 'f38f51f7-022c-5abc-a0b6-0f27fa1f8293',
          locale: 'en-CA',
          event_type: 'order.created',
          correlation_id: 'checkout-7',
          outcome: 'accepted',
          reason: null,
        },
        message: 'Delivery taken',
      },
      observed: ['accepted', null, 0.012],
      lines: 1,
    });
  });

  it('makes a correlation id where none comes, and carries it through', async () => {
    const rig = createRig();
    const response = await rig.post(order(), { 'x-correlation-id': 'two words' });
    expect(response.headers['x-correlation-id']).toBe('made-1');
    expect(response.json()).toMatchObject({ status: 'accepted', correlation_id: 'made-1' });
    expect(rig.published[0]).toMatchObject({ correlation_id: 'made-1' });
  });

  it.each([
    ['iw', 'he'],
    ['ar-EG', 'ar-EG'],
    ['canary-words', 'en'],
    [null, 'en'],
  ])('negotiates the locale %j to %s', async (customerLocale, locale) => {
    const rig = createRig();
    await rig.post(order({ customer_locale: customerLocale }));
    expect(rig.published).toMatchObject([{ locale }]);
  });

  it("takes an order in another currency than the merchant's, for the rules to judge", async () => {
    const rig = createRig();
    const response = await rig.post(fixture('web-kwd'));
    expect(response.json()).toMatchObject({ status: 'accepted' });
    expect(rig.published).toMatchObject([
      { command: { 'points.OrderCreated': { amount_minor: 12_345, currency: 'KWD' } } },
    ]);
  });

  it("takes another shop's order under that shop's secret and default language", async () => {
    const rig = createRig();
    const body = fixture('web-jpy');
    const response = await rig.post(body, {
      'x-shopify-shop-domain': 'Tane-Ya.myshopify.com',
      'x-shopify-hmac-sha256': sign(body, 'secret of tane-ya'),
    });
    expect(response.statusCode).toBe(200);
    expect(rig.published).toMatchObject([{ merchant_id: jpyMerchant.merchantId, locale: 'ja' }]);
  });

  it('takes what either secret has signed while one is rotated', async () => {
    const rig = createRig();
    const response = await rig.post(order(), { 'x-shopify-hmac-sha256': sign(order(), 'old secret of seed corner') });
    expect(response.statusCode).toBe(200);
  });

  it('takes headers of the family without X-', async () => {
    const rig = createRig();
    const response = await rig.app.inject({
      method: 'POST',
      url: '/orders/create',
      headers: {
        'shopify-shop-domain': usdMerchant.shopDomain,
        'shopify-hmac-sha256': sign(order()),
        'shopify-webhook-id': 'delivery-9',
      },
      payload: order(),
    });
    expect(response.json()).toMatchObject({ status: 'accepted' });
    expect(rig.published).toMatchObject([{ delivery_id: 'delivery-9' }]);
  });

  it('forgets a delivery id that is unfit to be stored', async () => {
    const rig = createRig();
    await rig.post(order(), { 'x-shopify-webhook-id': 'two words' });
    expect(rig.published).toMatchObject([{ delivery_id: null }]);
  });

  it.each([
    ['guest-null-customer', 'guest'],
    ['guest-no-customer-key', 'guest'],
    ['guest-null-customer-id', 'guest'],
    ['test-order', 'test_order'],
    ['cancelled', 'cancelled'],
    ['zero-amount', 'zero_amount'],
  ])('answers 200 to %s, counts it as ignored (%s), and publishes nothing', async (name, reason) => {
    const rig = createRig();
    const response = await rig.post(fixture(name));
    expect(response.statusCode).toBe(200);
    expect(response.json()).toStrictEqual({ status: 'ignored', reason });
    expect(rig.published).toStrictEqual([]);
    expect(rig.asked.processed).toStrictEqual([]);
    expect(told(rig)).toMatchObject({
      line: { level: 'info', fields: { merchant_id: usdMerchant.merchantId, outcome: 'ignored', reason } },
      observed: ['ignored', reason, 0],
    });
  });

  it('answers a known delivery 200 without publishing it again', async () => {
    const rig = createRig();
    rig.world.processed = true;
    const response = await rig.post(fixture('ids-of-18-digits'));
    expect(response.statusCode).toBe(200);
    expect(response.json()).toStrictEqual({ status: 'duplicate' });
    expect(rig.published).toStrictEqual([]);
    expect(rig.asked.processed).toStrictEqual([
      [
        '6f1f64b4-3c5f-4c0e-9b52-1f6b8f0c2a11',
        'f38f51f7-022c-5abc-a0b6-0f27fa1f8293',
        'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043',
      ],
    ]);
    expect(told(rig)).toMatchObject({ line: { fields: { outcome: 'duplicate' } }, observed: ['duplicate', null, 0] });
  });

  describe('turns away', () => {
    const signed = { 'x-shopify-hmac-sha256': sign(order()) };
    it.each<[string, Record<string, string>, string, number, string]>([
      ['a wrong signature', { 'x-shopify-hmac-sha256': sign('other') }, order(), 401, 'unauthorized'],
      ['no signature', { 'x-shopify-hmac-sha256': '' }, order(), 401, 'unauthorized'],
      ['an unknown shop', { 'x-shopify-shop-domain': 'nowhere.myshopify.com' }, order(), 401, 'unauthorized'],
      ['a shop that is no host name', { 'x-shopify-shop-domain': 'a b' }, order(), 401, 'unauthorized'],
      ["another shop's signature", { 'x-shopify-shop-domain': jpyMerchant.shopDomain }, order(), 401, 'unauthorized'],
      ['a body that was changed', signed, order({ subtotal_price: '9999.00' }), 401, 'unauthorized'],
      ['a body that only looks the same', signed, ` ${order()}`, 401, 'unauthorized'],
      ['another topic', { 'x-shopify-topic': 'orders/cancelled' }, order(), 400, 'topic_unexpected'],
      ['a packed body', { 'content-encoding': 'gzip' }, order(), 415, 'content_encoding_unsupported'],
      ['a content type that is none', { 'content-type': 'json' }, order(), 415, 'content_type_malformed'],
      ['no JSON', {}, 'id=1', 400, 'body_not_json'],
      ['one key with two values', {}, '{"id":1,"id":2}', 400, 'body_not_json'],
      ['100,000 levels', {}, '['.repeat(100_000), 400, 'body_too_deep'],
      ['a list', {}, '[]', 400, 'order_not_an_object'],
      ['no order', {}, '{"hello":"world"}', 400, 'order_id_invalid'],
      ['an order with a bad amount', {}, order({ subtotal_price: 'canary' }), 400, 'amount_invalid'],
    ])('%s, publishing nothing', async (_what, headers, body, status, reason) => {
      const rig = createRig();
      const response = await rig.post(body, headers);
      expect(response.statusCode).toBe(status);
      expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
      expect(response.json()).toMatchObject({ type: 'about:blank', status, reason, correlation_id: 'made-1' });
      expect(rig.published).toStrictEqual([]);
      expect(told(rig)).toMatchObject({
        line: { level: 'warn', fields: { outcome: 'refused', reason, correlation_id: 'made-1' } },
        observed: ['refused', reason, 0],
        lines: 1,
      });
    });

    it('an empty body', async () => {
      const rig = createRig();
      const response = await rig.app.inject({
        method: 'POST',
        url: '/orders/create',
        headers: { 'x-shopify-shop-domain': usdMerchant.shopDomain, 'x-shopify-hmac-sha256': sign('') },
      });
      expect([response.statusCode, response.json().reason]).toStrictEqual([400, 'body_not_json']);
    });

    it.each([
      ['declared', { 'content-length': '1048577' }],
      ['not declared', {}],
    ])('more than 1 MiB, %s', async (_what, headers) => {
      const rig = createRig();
      const response = await rig.post(Buffer.alloc(1024 * 1024 + 1, ' '), headers);
      expect([response.statusCode, response.json().reason]).toStrictEqual([413, 'body_too_large']);
      expect(rig.asked.shops).toStrictEqual([]);
      expect(told(rig)).toMatchObject({ observed: ['refused', 'body_too_large', 0], lines: 1 });
    });

    it('an unknown shop and a wrong signature with one and the same answer', async () => {
      const rig = createRig();
      const answers = [
        await rig.post(order(), { 'x-shopify-hmac-sha256': sign('other'), 'x-correlation-id': 'c' }),
        await rig.post(order(), { 'x-shopify-shop-domain': 'nowhere.myshopify.com', 'x-correlation-id': 'c' }),
        await rig.post(order(), { 'x-shopify-hmac-sha256': '', 'x-correlation-id': 'c' }),
      ].map(({ statusCode, headers, body }) => ({ statusCode, headers: { ...headers, date: '' }, body }));
      expect(answers[1]).toStrictEqual(answers[0]);
      expect(answers[2]).toStrictEqual(answers[0]);
      expect(rig.logged.map(({ fields }) => fields['unauthorized_because'])).toStrictEqual([
        'signature_wrong',
        'shop_unknown',
        'signature_wrong',
      ]);
    });

    it('a delivery whose signature header is missing, without asking for the shop', async () => {
      const rig = createRig();
      const response = await rig.app.inject({ method: 'POST', url: '/orders/create', payload: order() });
      expect([response.statusCode, response.json().reason]).toStrictEqual([401, 'unauthorized']);
      expect(rig.asked.shops).toStrictEqual([]);
    });
  });

  it('takes 1 MiB', async () => {
    const rig = createRig();
    const note = 'x'.repeat(1024 * 1024 - order({ note: '' }).length);
    const response = await rig.post(order({ note }));
    expect(response.statusCode).toBe(200);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/vnd.api+json; charset=utf-8'])(
    'does not care that the content type is %s, which nobody signed',
    async (contentType) => {
      const rig = createRig();
      expect((await rig.post(order(), { 'content-type': contentType })).statusCode).toBe(200);
    },
  );

  it.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const)('answers %s with 405', async (method) => {
    const rig = createRig();
    const response = await rig.app.inject({ method, url: '/orders/create' });
    expect(response.statusCode).toBe(405);
    expect(response.headers['allow']).toBe('POST');
    expect(response.json()).toMatchObject({ status: 405, reason: 'method_not_allowed' });
    expect(told(rig)).toMatchObject({ observed: ['refused', 'method_not_allowed', 0] });
  });

  it('answers another method with 405 before it looks at the body', async () => {
    const rig = createRig();
    const payload = Buffer.alloc(1024 * 1024 + 1);
    expect((await rig.app.inject({ method: 'PUT', url: '/orders/create', payload })).statusCode).toBe(405);
  });

  it('answers HEAD with 405', async () => {
    const response = await createRig().app.inject({ method: 'HEAD', url: '/orders/create' });
    expect([response.statusCode, response.headers['allow']]).toStrictEqual([405, 'POST']);
  });

  it.each(['/', '/orders', '/orders/create/', '/orders/paid', '/ORDERS/CREATE'])('answers %s with 404', async (url) => {
    const response = await createRig().app.inject({ method: 'POST', url, payload: order() });
    expect(response.statusCode).toBe(404);
    expect(response.json()).toMatchObject({ status: 404, title: 'Not Found', reason: 'path_unknown' });
  });

  it('answers a path that is no path with 400', async () => {
    const response = await createRig().app.inject({ method: 'POST', url: '/%zz', payload: order() });
    expect([response.statusCode, response.json().reason]).toStrictEqual([400, 'request_malformed']);
  });

  it('answers 200 to what waits for Kafka, and says so', async () => {
    const rig = createRig();
    rig.world.publishOutcome = 'buffered';
    const response = await rig.post(order());
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({ status: 'buffered', event_id: rig.published[0]?.event_id });
    expect(told(rig)).toMatchObject({
      line: { level: 'info', fields: { outcome: 'buffered' } },
      observed: ['buffered', null, 0],
    });
  });

  it.each(['publisherAway', 'directoryAway'] as const)('asks to send again later when %s', async (away) => {
    const rig = createRig();
    rig.world[away] = true;
    const response = await rig.post(order());
    expect(response.statusCode).toBe(503);
    expect(response.headers['retry-after']).toBe('5');
    expect(response.json()).toMatchObject({ title: 'Service Unavailable', reason: 'dependency_unavailable' });
    expect(told(rig)).toMatchObject({
      line: { level: 'warn', fields: { outcome: 'unavailable' } },
      observed: ['unavailable', 'dependency_unavailable', 0],
    });
  });

  it('answers 500 to what nobody foresaw, tells the log all and the sender nothing', async () => {
    const rig = createRig();
    rig.world.publisherFailure = new RangeError('inner workings');
    const response = await rig.post(order());
    expect(response.statusCode).toBe(500);
    expect(response.body).not.toContain('inner workings');
    expect(response.json()).toMatchObject({ reason: 'internal_error' });
    expect(told(rig)).toMatchObject({
      line: { level: 'error', fields: { outcome: 'failed', err: rig.world.publisherFailure } },
      observed: ['failed', 'internal_error', 0],
    });
  });

  it('refuses an order that names another shop, where shops share the secret', async () => {
    const at = (host: string) => order({ order_status_url: `https://${host}/548380009/orders/a/authenticate?key=b` });
    const rig = createRig();
    expect((await rig.post(at('tane-ya.myshopify.com'))).statusCode).toBe(200);
    rig.world.secretShared = true;
    const refused = await rig.post(at('tane-ya.myshopify.com'));
    expect(refused.json()).toMatchObject({ status: 400, reason: 'shop_invalid' });
    // Its own name, a domain of the merchant's, and none at all contradict nothing.
    for (const body of [at('seed-corner.myshopify.com'), at('seeds.example.com'), order({ order_status_url: 7 })]) {
      expect((await rig.post(body)).statusCode).toBe(200);
    }
  });
});
