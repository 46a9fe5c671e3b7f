import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { customerIdOf, IdentityError, isUuid, orderEarnEventId } from '../../src/domain/index.ts';

const merchantId = '6f1f64b4-3c5f-4c0e-9b52-1f6b8f0c2a11';

describe('identities', () => {
  // Expected values made with another implementation (Python's uuid.uuid5).
  it('are UUIDv5 in the namespace of the merchant', () => {
    expect(customerIdOf(merchantId, '207119551')).toBe('17cd9873-ce4c-5c73-a54e-a1720b2f8a68');
    expect(orderEarnEventId(merchantId, '820982911946154508')).toBe('f38f51f7-022c-5abc-a0b6-0f27fa1f8293');
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
