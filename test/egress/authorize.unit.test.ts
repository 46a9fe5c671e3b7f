import { describe, expect, test } from 'vitest';
import { mayReadBalance } from '../../src/egress/authorize.ts';

const merchant = '11111111-1111-4111-8111-111111111111';
const otherMerchant = '22222222-2222-4222-8222-222222222222';
const customer = 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa';
const otherCustomer = 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb';

const merchantView = 'merchant:points:view';
const customerView = 'customer:points:view';

/** What a token of `merchant` (of `customer`, or of no customer) may read: own, another customer, another merchant. */
const table: readonly (readonly [string[], string | undefined, boolean, boolean, boolean])[] = [
  [[], undefined, false, false, false],
  [[], customer, false, false, false],
  [[merchantView], undefined, true, true, false],
  [[merchantView], customer, true, true, false],
  [[customerView], undefined, false, false, false],
  [[customerView], customer, true, false, false],
  [[merchantView, customerView], undefined, true, true, false],
  [[merchantView, customerView], customer, true, true, false],
  [['points:view'], customer, false, false, false],
  [['merchant:points:manage', 'customer:points:redeem'], customer, false, false, false],
  [['MERCHANT:POINTS:VIEW'], customer, false, false, false],
  [['merchant:points:view '], customer, false, false, false],
  [['*'], customer, false, false, false],
];

describe('a token may read', () => {
  test.each(table)('%j of customer %s: own %s, another customer %s, another merchant %s', (...row) => {
    const [scopes, customerId, own, anotherCustomer, anotherMerchant] = row;
    const identity = { merchantId: merchant, scopes, expiresAt: 0, ...(customerId !== undefined && { customerId }) };
    expect(mayReadBalance(identity, merchant, customer)).toBe(own);
    expect(mayReadBalance(identity, merchant, otherCustomer)).toBe(anotherCustomer);
    expect(mayReadBalance(identity, otherMerchant, customer)).toBe(anotherMerchant);
    expect(mayReadBalance(identity, otherMerchant, otherCustomer)).toBe(false);
  });
});
