import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  complianceEventId,
  customerIdOf,
  IdentityError,
  isUuid,
  orderCancelEventId,
  orderEarnEventId,
  orderRefundEventId,
  redemptionReturnEventId,
  settlementEventId,
  tokenEventId,
} from '../../src/domain/index.ts';

const merchantId = '6f1f64b4-3c5f-4c0e-9b52-1f6b8f0c2a11';

describe('identities', () => {
  // Expected values made with another implementation (Python's uuid.uuid5).
  it('are UUIDv5 in the namespace of the merchant', () => {
    expect(customerIdOf(merchantId, '207119551')).toBe('17cd9873-ce4c-5c73-a54e-a1720b2f8a68');
    expect(orderEarnEventId(merchantId, '820982911946154508')).toBe('f38f51f7-022c-5abc-a0b6-0f27fa1f8293');
  });

  it('name a cancellation, each refund, a token, each answer to it and what the law demands', () => {
    const token = '0b9f4a52-7f3e-4f0e-8c1d-2d6f3b1e9a77';
    expect(orderCancelEventId(merchantId, '820982911946154508')).toBe('3be85056-ecdd-5a90-9c14-de07f9d2a347');
    expect(orderRefundEventId(merchantId, '820982911946154508', '509562969')).toBe(
      '42564369-4dad-5041-9788-2b835475be38',
    );
    expect(tokenEventId(merchantId, token)).toBe('9aef7066-9539-5201-a617-e141cf3534bc');
    expect(tokenEventId(merchantId, token.toUpperCase())).toBe('9aef7066-9539-5201-a617-e141cf3534bc');
    expect(settlementEventId(merchantId, token, 'completed')).toBe('82cf6bb1-0b7e-5583-a00f-8bf398d7fc1c');
    expect(settlementEventId(merchantId, token, 'failed')).toBe('41b2e6f8-9d00-52d4-89a9-60f4a1cf92e2');
    expect(redemptionReturnEventId(merchantId, token)).toBe('14adae2a-fcd1-5eec-8182-f0d16f9a72d8');
    expect(complianceEventId(merchantId, 'customers/redact', 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043')).toBe(
      'f611fed5-4f43-5965-910d-29dfee86fe78',
    );
  });

  it('tell neighbouring 64-bit ids apart', () => {
    expect(orderEarnEventId(merchantId, '820982911946154508')).not.toBe(
      orderEarnEventId(merchantId, '820982911946154509'),
    );
  });

  it('differ between merchants for the same number', () => {
    const other = '6f1f64b4-3c5f-4c0e-9b52-1f6b8f0c2a12';
    expect(customerIdOf(merchantId, '1')).not.toBe(customerIdOf(other, '1'));
  });

  it('do not depend on the case the merchant id is written in', () => {
    expect(customerIdOf(merchantId.toUpperCase(), '1')).toBe(customerIdOf(merchantId, '1'));
  });

  it('accept a namespace that sets no version', () => {
    expect(customerIdOf('11111111-1111-1111-1111-111111111111', '1')).toBe('a10daf67-2924-5dbb-aba2-833dedaef2c0');
  });

  it('refuse a merchant id that is no UUID', () => {
    expect(() => customerIdOf('acme', '1')).toThrow(IdentityError);
    expect(() => orderEarnEventId('', '1')).toThrow('merchant_id is not a UUID');
  });
});

describe('isUuid', () => {
  it('knows every UUID in either case', () => {
    fc.assert(
      fc.property(fc.uuid(), (uuid) => {
        expect(isUuid(uuid)).toBe(true);
        expect(isUuid(uuid.toUpperCase())).toBe(true);
      }),
    );
  });

  it.each(['', 'acme', `${merchantId} `, `{${merchantId}}`, merchantId.replaceAll('-', ''), `${merchantId}\n`])(
    'refuses %j',
    (text) => {
      expect(isUuid(text)).toBe(false);
    },
  );
});
