import { expect, test } from 'vitest';
import { createTransactionLister } from '../../src/balances/index.ts';
import type { LedgerEntry } from '../../src/balances/ports.ts';

const entryAt = (sequence: number): LedgerEntry => ({
  ...{ eventId: `e${sequence}`, eventType: 'order.created', type: 'earn', points: 10, sequence },
  ...{ balanceAfter: sequence * 10, description: '', locale: 'en', createdAt: sequence, correlationId: '' },
});

/** A ledger of so many entries, which may grow. */
const ledgerOf = (count: number) => {
  const ledger = { count };
  const lister = createTransactionLister({
    newestBefore: async (_merchantId, _customerId, before, limit) =>
      Array.from({ length: ledger.count }, (_, index) => entryAt(ledger.count - index))
        .filter(({ sequence }) => sequence < before)
        .slice(0, limit),
  });
  return { ledger, lister };
};

test('A page says where the next begins, and the last says nothing', async () => {
  const { lister } = ledgerOf(5);
  const first = await lister.list('m', 'c', 2);
  expect(first.entries.map(({ sequence }) => sequence)).toEqual([5, 4]);
  expect(first.next).toBe(4);
  const second = await lister.list('m', 'c', 2, first.next);
  expect(second.entries.map(({ sequence }) => sequence)).toEqual([3, 2]);
  const third = await lister.list('m', 'c', 2, second.next);
  expect(third).toEqual({ entries: [entryAt(1)] });
});

test.each([
  [0, 3, []],
  [3, 3, [3, 2, 1]],
])('Of %i entries a page of %i is the last', async (count, size, sequences) => {
  const page = await ledgerOf(count).lister.list('m', 'c', size);
  expect(page.entries.map(({ sequence }) => sequence)).toEqual(sequences);
  expect(page.next).toBeUndefined();
});

test('Entries that come between two pages are on neither', async () => {
  const { ledger, lister } = ledgerOf(4);
  const first = await lister.list('m', 'c', 2);
  ledger.count = 9;
  const second = await lister.list('m', 'c', 2, first.next);
  expect([...first.entries, ...second.entries].map(({ sequence }) => sequence)).toEqual([4, 3, 2, 1]);
});
