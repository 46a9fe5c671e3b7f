import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { createFakeDoor } from '../../support/fake-door.ts';
import { createRig, order, sign, usdMerchant } from './rig.ts';

const shop = usdMerchant.shopDomain;

const createAdmissionRig = () => {
  const door = createFakeDoor();
  return { door, rig: createRig(door) };
};

describe('a webhook that is too much', () => {
  test.each(['look', 'enter'] as const)('is answered 503 with the time to come back (shed at %s)', async (at) => {
    const { door, rig } = createAdmissionRig();
    door.sheds.set(shop, { at, reason: 'share' });
    const response = await rig.post(order(), { 'x-correlation-id': 'checkout-7' });
    expect(response.statusCode).toBe(503);
    expect(response.headers).toMatchObject({
      'retry-after': '3',
      'content-type': 'application/problem+json; charset=utf-8',
      'x-correlation-id': 'checkout-7',
    });
    expect(response.json()).toStrictEqual({
      type: 'about:blank',
      title: 'Service Unavailable',
      status: 503,
      detail: 'More comes in than can be taken now; send it again later',
      reason: 'overloaded',
      correlation_id: 'checkout-7',
    });
    expect(rig.published).toStrictEqual([]);
    expect(rig.asked).toStrictEqual({ shops: [], processed: [] });
  });

  test('makes no log line and no observation: the door counts it', async () => {
    const { door, rig } = createAdmissionRig();
    door.sheds.set(shop, { at: 'look', reason: 'full' });
    await rig.post(order());
    expect([rig.logged, rig.answered]).toStrictEqual([[], []]);
  });

  test('is answered while its body is still on the way', async () => {
    const { door, rig } = createAdmissionRig();
    door.sheds.set(shop, { at: 'look', reason: 'full' });
    const body = new PassThrough();
    body.write('{');
    const response = await rig.app.inject({
      ...{ method: 'POST', url: '/orders/create', payload: body },
      headers: { 'x-shopify-shop-domain': shop, 'content-length': '1000' },
    });
    expect(response.statusCode).toBe(503);
    body.end();
  });
});

describe('a webhook that is let in', () => {
  test('holds its place until it is published', async () => {
    const { door, rig } = createAdmissionRig();
    const response = await rig.post(order());
    expect(response.statusCode).toBe(200);
    expect(door).toMatchObject({ looked: [shop], entered: [shop], left: [[shop, true]] });
  });

  test('gives its place back when Kafka does not take it', async () => {
    const { door, rig } = createAdmissionRig();
    rig.world.publisherAway = true;
    expect((await rig.post(order())).statusCode).toBe(503);
    expect(door.left).toEqual([[shop, true]]);
  });

  test('says nothing of how fast the service is when it is refused', async () => {
    const { door, rig } = createAdmissionRig();
    expect((await rig.post(order(), { 'x-shopify-hmac-sha256': sign('another') })).statusCode).toBe(401);
    expect((await rig.post('not json', { 'x-shopify-hmac-sha256': sign('not json') })).statusCode).toBe(400);
    expect(door.left).toEqual([
      [shop, false],
      [shop, false],
    ]);
  });

  test('of a shop that nobody knows shares one place in line with all others of that kind', async () => {
    const { door, rig } = createAdmissionRig();
    await rig.post(order(), { 'x-shopify-shop-domain': 'made-up-1.myshopify.com' });
    await rig.post(order(), { 'x-shopify-shop-domain': 'made-up-2.myshopify.com' });
    await rig.post(order(), { 'x-shopify-shop-domain': '' });
    expect(new Set(door.entered)).toEqual(new Set(['unknown']));
  });
});
