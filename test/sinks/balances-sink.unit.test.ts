import { describe, expect, test } from 'vitest';
import { DependencyUnavailableError } from '../../src/common/errors.ts';
import type { PointsBalance } from '../../src/contracts/index.ts';
import { writeBalances } from '../../src/sinks/index.ts';
import { createFakeBalanceCache } from '../support/fake-balance-cache.ts';

const balanceOf = (customer_id: string, sequence: number, balance: number): PointsBalance => ({
  ...{ merchant_id: 'm', customer_id, sequence, balance, schema_version: '1.0.0', updated_at: 0, correlation_id: 'c' },
});

describe('writing balances', () => {
  test('brings only the newest of each customer, in one call', async () => {
    const cache = createFakeBalanceCache();
    await writeBalances({ cache }, [
      balanceOf('a', 1, 10),
      balanceOf('b', 1, 5),
      balanceOf('a', 3, 30),
      balanceOf('a', 2, 20),
    ]);
    expect(cache.puts).toEqual([
      [
        { merchantId: 'm', customerId: 'a', balance: 30, sequence: 3 },
        { merchantId: 'm', customerId: 'b', balance: 5, sequence: 1 },
      ],
    ]);
  });

  test('leaves the cache alone when there are none', async () => {
    const cache = createFakeBalanceCache();
    cache.isAway = true;
    await writeBalances({ cache }, []);
    expect(cache.puts).toEqual([]);
  });

  test('tells when the cache is away, so that the batch is done again', async () => {
    const cache = createFakeBalanceCache();
    cache.isAway = true;
    await expect(writeBalances({ cache }, [balanceOf('a', 1, 10)])).rejects.toThrow(DependencyUnavailableError);
  });
});
