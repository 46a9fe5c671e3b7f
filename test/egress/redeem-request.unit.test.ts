import { expect, test } from 'vitest';
import { parseRedeemRequest } from '../../src/egress/redeem-request.ts';

const good = {
  merchant_id: '11111111-1111-4111-8111-11111111111A',
  customer_id: 'AAAAAAAA-aaaa-4aaa-8aaa-aaaaaaaaaaaa',
  reward_id: '3E7F1C2A-9d4b-4f6e-8a5c-0b1d2e3f4a5b',
  idempotency_token: '5C1D7A90-2b3e-4f6a-9c8d-7e0f1a2b3c4d',
  points: '100',
  locale: 'pt_br',
};

test('Ids are lower-cased and the locale is made canonical', () => {
  expect(parseRedeemRequest(good)).toEqual({
    merchantId: '11111111-1111-4111-8111-11111111111a',
    customerId: 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa',
    rewardId: '3e7f1c2a-9d4b-4f6e-8a5c-0b1d2e3f4a5b',
    idempotencyToken: '5c1d7a90-2b3e-4f6a-9c8d-7e0f1a2b3c4d',
    points: 100,
    locale: 'pt-BR',
  });
});

test.each([
  [{ merchant_id: '' }, 'Must be a UUID: merchant_id'],
  [{ reward_id: 'coffee', idempotency_token: '1' }, 'Must be a UUID: reward_id, idempotency_token'],
  [{ customer_id: '00000000-0000-0000-0000-000000000000' }, 'Must be a UUID: customer_id'],
  [{ points: '0' }, 'Must be a whole number > 0: points'],
  [{ points: '-5' }, 'Must be a whole number > 0: points'],
  [{ points: '9007199254740992' }, 'Must be a whole number > 0: points'],
  [{ customer_id: '4711', points: '0' }, 'Must be a UUID: customer_id; Must be a whole number > 0: points'],
])('%j is refused by name', (changes, message) => {
  expect(() => parseRedeemRequest({ ...good, ...changes })).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', message }),
  );
});
