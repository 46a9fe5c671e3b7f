import type { Identity } from './ports.ts';

/**
 * Whether a token may read the balance of one customer at one merchant (UUIDs, lower case).
 *
 * The one place that decides it. `merchant:points:view` opens every customer of the token's own merchant,
 * `customer:points:view` only the token's own customer; a token that names no customer opens none by it.
 */
export function mayReadBalance(identity: Identity, merchantId: string, customerId: string): boolean {
  if (identity.merchantId !== merchantId) return false;
  if (identity.scopes.includes('merchant:points:view')) return true;
  return (
    identity.scopes.includes('customer:points:view') &&
    identity.customerId !== undefined &&
    identity.customerId === customerId
  );
}
