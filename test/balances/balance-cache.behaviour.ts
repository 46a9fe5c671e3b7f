import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Balance, BalanceCache } from '../../src/balances/ports.ts';

/** What every cache of balances does, whatever it is made of. */
export const balanceCacheBehaviour = (name: string, cache: () => BalanceCache): void => {
  const customer = (): Pick<Balance, 'merchantId' | 'customerId'> => ({
    merchantId: randomUUID(),
    customerId: randomUUID(),
  });
  const get = ({ merchantId, customerId }: Pick<Balance, 'merchantId' | 'customerId'>) =>
    cache().get(merchantId, customerId);

  describe(`a cache of balances (${name})`, () => {
    test('does not know what nobody has put', async () => {
      expect(await get(customer())).toBeUndefined();
    });

    test('gives back what was put', async () => {
      const balance = { ...customer(), balance: 120, sequence: 3 };
      await cache().putIfNewer([balance]);
      expect(await get(balance)).toEqual(balance);
    });

    test('keeps a balance of 0 and the greatest that can be counted', async () => {
      const nothing = { ...customer(), balance: 0, sequence: 1 };
      const all = { ...customer(), balance: Number.MAX_SAFE_INTEGER, sequence: Number.MAX_SAFE_INTEGER };
      await cache().putIfNewer([nothing, all]);
      expect(await get(nothing)).toEqual(nothing);
      expect(await get(all)).toEqual(all);
    });

    test('replaces a balance by a newer one', async () => {
      const older = { ...customer(), balance: 10, sequence: 9 };
      await cache().putIfNewer([older]);
      await cache().putIfNewer([{ ...older, balance: 5, sequence: 10 }]);
      expect(await get(older)).toMatchObject({ balance: 5, sequence: 10 });
    });

    test('is not changed by an older balance, nor by another of the same sequence', async () => {
      const newer = { ...customer(), balance: 5, sequence: 10 };
      await cache().putIfNewer([newer]);
      await cache().putIfNewer([{ ...newer, balance: 10, sequence: 9 }]);
      await cache().putIfNewer([{ ...newer, balance: 77 }]);
      expect(await get(newer)).toEqual(newer);
    });

    test('keeps the newest of several for one customer in a call', async () => {
      const one = { ...customer(), balance: 1, sequence: 1 };
      await cache().putIfNewer([{ ...one, balance: 2, sequence: 2 }, { ...one, balance: 3, sequence: 3 }, one]);
      expect(await get(one)).toMatchObject({ balance: 3, sequence: 3 });
    });

    test('keeps a customer apart at two merchants', async () => {
      const here = { ...customer(), balance: 1, sequence: 1 };
      const there = { ...here, merchantId: randomUUID(), balance: 2, sequence: 2 };
      await cache().putIfNewer([here, there]);
      expect(await get(here)).toEqual(here);
      expect(await get(there)).toEqual(there);
    });

    test('takes no balances at all, and thousands', async () => {
      await cache().putIfNewer([]);
      const many = Array.from({ length: 2_500 }, (_, n) => ({ ...customer(), balance: n, sequence: n + 1 }));
      await cache().putIfNewer(many);
      expect(await Promise.all([many[0]!, many[1_000]!, many[2_499]!].map(get))).toEqual([
        many[0],
        many[1_000],
        many[2_499],
      ]);
    });
  });
};
