import type { Balance, BalanceCache } from '../../src/balances/ports.ts';
import { DependencyUnavailableError } from '../../src/common/errors.ts';

/** A cache in memory that can be away; it passes the same behaviour suite as the one in Redis. */
export interface FakeBalanceCache extends BalanceCache {
  readonly balances: Map<string, Balance>;
  /** What each call of `putIfNewer` brought. */
  readonly puts: (readonly Balance[])[];
  isAway: boolean;
}

export const createFakeBalanceCache = (): FakeBalanceCache => {
  const balances = new Map<string, Balance>();
  const puts: (readonly Balance[])[] = [];
  const assertThere = (isAway: boolean): void => {
    if (isAway) throw new DependencyUnavailableError('Cache');
  };
  return {
    balances,
    puts,
    isAway: false,
    async get(merchantId, customerId) {
      assertThere(this.isAway);
      return balances.get(`${merchantId}:${customerId}`);
    },
    async putIfNewer(brought) {
      assertThere(this.isAway);
      puts.push(brought);
      for (const balance of brought) {
        const key = `${balance.merchantId}:${balance.customerId}`;
        if ((balances.get(key)?.sequence ?? 0) < balance.sequence) balances.set(key, balance);
      }
    },
  };
};
