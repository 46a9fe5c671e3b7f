import { describe, expect, test } from 'vitest';
import { mayRecordSales, mayRedeem } from '../../src/requests/authorize.ts';

const merchant = '11111111-1111-4111-8111-111111111111';
const otherMerchant = '22222222-2222-4222-8222-222222222222';
const customer = 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa';
const otherCustomer = 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb';

const identityOf = (scopes: readonly string[], customerId?: string) => ({
  ...{ merchantId: merchant, scopes, expiresAt: 0, ...(customerId !== undefined && { customerId }) },
});

/** What a token of `merchant` (of `customer`, or of no customer) may redeem: own, another customer, another merchant. */
const table: readonly (readonly [string[], string | undefined, boolean, boolean, boolean])[] = [
  [[], undefined, false, false, false],
  [[], customer, false, false, false],
  [['merchant:points:redeem'], undefined, true, true, false],
  [['merchant:points:redeem'], customer, true, true, false],
  [['customer:points:redeem'], undefined, false, false, false],
  [['customer:points:redeem'], customer, true, false, false],
  [['merchant:points:redeem', 'customer:points:redeem'], customer, true, true, false],
  [['merchant:points:view', 'customer:points:view'], customer, false, false, false],
  [['merchant:points:pos'], customer, false, false, false],
  [['MERCHANT:POINTS:REDEEM'], customer, false, false, false],
  [['merchant:points:redeem '], customer, false, false, false],
  [['*'], customer, false, false, false],
];

describe('a token may redeem', () => {
  test.each(table)('%j of customer %s: own %s, another customer %s, another merchant %s', (...row) => {
    const [scopes, customerId, own, anotherCustomer, anotherMerchant] = row;
    const identity = identityOf(scopes, customerId);
    expect(mayRedeem(identity, merchant, customer)).toBe(own);
    expect(mayRedeem(identity, merchant, otherCustomer)).toBe(anotherCustomer);
    expect(mayRedeem(identity, otherMerchant, customer)).toBe(anotherMerchant);
    expect(mayRedeem(identity, otherMerchant, otherCustomer)).toBe(false);
  });
});

describe('a token may bring in what tills recorded', () => {
  test.each([
    [['merchant:points:pos'], true],
    [['merchant:points:redeem', 'merchant:points:view'], false],
    [['customer:points:pos'], false],
    [[], false],
  ])('%j: %s, and never at another merchant', (scopes, allowed) => {
    expect(mayRecordSales(identityOf(scopes), merchant)).toBe(allowed);
    expect(mayRecordSales(identityOf(scopes), otherMerchant)).toBe(false);
  });
});
