import type { Identity } from './ports.ts';

/**
 * Whether a token may spend the points of one customer at one merchant (UUIDs, lower case) on a reward.
 *
 * `merchant:points:redeem` opens every customer of the token's own merchant, `customer:points:redeem` only the token's
 * own customer; a token that names no customer opens none by it.
 */
export function mayRedeem(identity: Identity, merchantId: string, customerId: string): boolean {
  if (identity.merchantId !== merchantId) return false;
  if (identity.scopes.includes('merchant:points:redeem')) return true;
  return (
    identity.scopes.includes('customer:points:redeem') &&
    identity.customerId !== undefined &&
    identity.customerId === customerId
  );
}

/** Whether a token may bring in what the tills of a merchant have recorded: any customer of that merchant. */
export const mayRecordSales = (identity: Identity, merchantId: string): boolean =>
  identity.merchantId === merchantId && identity.scopes.includes('merchant:points:pos');
