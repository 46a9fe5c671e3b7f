import type { BalanceCache } from '../balances/ports.ts';
import type { PointsBalance } from '../contracts/index.ts';

export interface BalancesSinkOptions {
  readonly cache: Pick<BalanceCache, 'putIfNewer'>;
}

/** Of one customer's balances only the newest is of use. */
const newestOfEach = (balances: readonly PointsBalance[]): readonly PointsBalance[] => {
  const newest = new Map<string, PointsBalance>();
  for (const balance of balances) {
    const customer = `${balance.merchant_id}:${balance.customer_id}`;
    const held = newest.get(customer);
    if (held === undefined || held.sequence < balance.sequence) newest.set(customer, balance);
  }
  return [...newest.values()];
};

/**
 * Brings committed balances into the cache, where they are newer than what it holds. Safe to repeat.
 * @throws DependencyUnavailableError when the cache does not answer in time
 */
export const writeBalances = async (
  { cache }: BalancesSinkOptions,
  balances: readonly PointsBalance[],
): Promise<void> => {
  if (balances.length === 0) return;
  await cache.putIfNewer(
    newestOfEach(balances).map(({ merchant_id, customer_id, balance, sequence }) => ({
      merchantId: merchant_id,
      customerId: customer_id,
      balance,
      sequence,
    })),
  );
};
