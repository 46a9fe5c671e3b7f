import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createFakeDoor } from '../../support/fake-door.ts';
import { usdMerchant } from '../webhooks/rig.ts';
import { createRequestRig, customer } from './request-rig.ts';

const { merchantId } = usdMerchant;
const redemption = () => ({
  ...{ merchant_id: merchantId, customer_id: customer, reward_id: randomUUID() },
  ...{ idempotency_token: randomUUID(), points: 10 },
});
const createAdmissionRig = () => {
  const door = createFakeDoor();
  return { door, rig: createRequestRig({ door }) };
};

describe('a request that is too much', () => {
  test('is answered 503 with the time to come back, before Auth is asked', async () => {
    const { door, rig } = createAdmissionRig();
    door.sheds.set('unknown', { at: 'enter', reason: 'full' });
    rig.world.authAway = true;
    const response = await rig.redeem(redemption());
    expect(response.statusCode).toBe(503);
    expect(response.headers['retry-after']).toBe('3');
    expect(response.json()).toMatchObject({ reason: 'overloaded' });
    expect([rig.logged, rig.answered, rig.published]).toStrictEqual([[], [], []]);
  });

  test('is told from others by the merchant of its token, where that was valid a moment ago', async () => {
    const { door, rig } = createAdmissionRig();
    rig.world.known.set('pos', merchantId);
    door.sheds.set(merchantId, { at: 'enter', reason: 'share' });
    expect((await rig.till({ transactions: [] })).statusCode).toBe(503);
    expect(door.entered).toEqual([]);
  });

  test('of a token not yet known is shed by its merchant once that is certain', async () => {
    const { door, rig } = createAdmissionRig();
    door.sheds.set(merchantId, { at: 'enter', reason: 'share' });
    const response = await rig.redeem(redemption());
    expect(response.statusCode).toBe(503);
    expect(response.json()).toMatchObject({ reason: 'overloaded' });
    expect(door.left).toEqual([['unknown', false]]);
    expect(rig.published).toEqual([]);
  });
});

describe('a request that is let in', () => {
  test('holds a place while Auth is asked, and another from its whole body to its answer', async () => {
    const { door, rig } = createAdmissionRig();
    const inside: number[] = [];
    rig.world.publish = async () => inside.push(door.inFlight);
    expect((await rig.redeem(redemption())).statusCode).toBe(200);
    expect(door.left).toEqual([
      ['unknown', false],
      [merchantId, true],
    ]);
    expect(inside).toEqual([1]);
  });

  test('gives its places back when Auth is away, when its token is wrong and when it is refused', async () => {
    const { door, rig } = createAdmissionRig();
    expect((await rig.redeem(redemption(), 'forged')).statusCode).toBe(401);
    expect((await rig.redeem({})).statusCode).toBe(400);
    rig.world.authAway = true;
    expect((await rig.redeem(redemption())).statusCode).toBe(503);
    expect(door.inFlight).toBe(0);
    expect(door.left.filter(([, isTypical]) => isTypical)).toEqual([]);
  });
});
