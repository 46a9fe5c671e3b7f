import { describe, expect, test } from 'vitest';
import { readRedemption } from '../../../src/ingress/requests/redemption-body.ts';

const token = '5c1d7a90-2b3e-4f6a-9c8d-7e0f1a2b3c4d';
const good = {
  merchant_id: '6f1f64b4-3c5f-4c0e-9b52-1f6b8f0c2a11',
  customer_id: 'AAAAAAAA-aaaa-4aaa-8aaa-aaaaaaaaaaaa',
  reward_id: '3e7f1c2a-9d4b-4f6e-8a5c-0b1d2e3f4a5b',
  idempotency_token: token,
  points: 100,
  locale: 'ar',
};
const read = (changes: Readonly<Record<string, unknown>>, header?: string) =>
  readRedemption(Buffer.from(JSON.stringify({ ...good, ...changes })), header);

test('A redemption is read', () => {
  expect(read({})).toEqual({
    merchantId: '6f1f64b4-3c5f-4c0e-9b52-1f6b8f0c2a11',
    customerId: 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa',
    rewardId: '3e7f1c2a-9d4b-4f6e-8a5c-0b1d2e3f4a5b',
    ...{ idempotencyToken: token, points: 100, locale: 'ar' },
  });
});

describe('the token', () => {
  test.each([token, token.toUpperCase(), `"${token}"`])('may be in the header: %s', (header) => {
    expect(read({ idempotency_token: undefined }, header)).toMatchObject({ idempotencyToken: token });
    expect(read({}, header)).toMatchObject({ idempotencyToken: token });
  });
  test.each([
    ['there twice, differently', {}, '6c1d7a90-2b3e-4f6a-9c8d-7e0f1a2b3c4d'],
    ['no UUID', { idempotency_token: undefined }, 'order-17'],
    ['nowhere', { idempotency_token: undefined }, undefined],
    ['no UUID in the body', { idempotency_token: 17 }, token],
  ])('is refused where it is %s', (_, changes, header) => {
    expect(() => read(changes, header)).toThrow(
      expect.objectContaining({ reason: 'fields_invalid', fields: ['idempotency_token'] }),
    );
  });
});

test.each([
  [{ merchant_id: undefined, points: 0 }, ['merchant_id', 'points']],
  [{ customer_id: {}, reward_id: ['x'] }, ['customer_id', 'reward_id']],
  [{ points: 1.5 }, ['points']],
  [{ points: '9007199254740992' }, ['points']],
])('%j is refused by name', (changes, fields) => {
  expect(() => read(changes)).toThrow(expect.objectContaining({ reason: 'fields_invalid', fields }));
});

test.each([
  ['not JSON', 'body_not_json'],
  ['{"points":1,"points":2}', 'body_not_json'],
  ['['.repeat(100_000), 'body_too_deep'],
  ['[]', 'fields_invalid'],
])('The body %.20s is refused', (text, reason) => {
  expect(() => readRedemption(Buffer.from(text), undefined)).toThrow(expect.objectContaining({ reason }));
});
