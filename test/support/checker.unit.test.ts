import { describe, expect, test } from 'vitest';
import { judge, type FindingKind, type Observed, type RunFacts } from './checker.ts';

const entry = (merchantId: string, customerId: string, eventId: string, points: number) => ({
  merchantId,
  customerId,
  eventId,
  points,
});

/** Two merchants that share a customer's id: alpha has three orders of ann and one of bob, beta has one of ann. */
const expected = [
  entry('alpha', 'ann', 'e1', 10),
  entry('alpha', 'ann', 'e2', 20),
  entry('alpha', 'bob', 'e3', 5),
  entry('beta', 'ann', 'e1', 7),
  entry('alpha', 'ann', 'e4', 1),
];
const good: RunFacts = {
  expected,
  acknowledged: new Set(['alpha/e1', 'alpha/e2', 'alpha/e3', 'beta/e1', 'alpha/e4']),
  kills: 3,
  killsWanted: 3,
};
const row = (index: number, sequence: number, balanceAfter: number) => ({
  ...expected[index]!,
  type: 'earn',
  sequence,
  balanceAfter,
});
const ledger = [row(0, 1, 10), row(1, 2, 30), row(2, 1, 5), row(3, 1, 7), row(4, 3, 31)];
const balances = [
  { merchantId: 'alpha', customerId: 'ann', balance: 31 },
  { merchantId: 'alpha', customerId: 'bob', balance: 5 },
  { merchantId: 'beta', customerId: 'ann', balance: 7 },
];
const right: Observed = {
  ledger,
  audit: ledger,
  earned: expected.map((one) => ({ ...one, key: one.merchantId })),
  deadLetters: 0,
  cached: balances,
  served: balances,
  lags: [{ group: 'points', topic: 'points.ingest', partition: 0, lag: 0 }],
};

const kindsOf = (observed: Partial<Observed>, facts: Partial<RunFacts> = {}): readonly FindingKind[] => [
  ...new Set(judge({ ...good, ...facts }, { ...right, ...observed }).map(({ kind }) => kind)),
];
const without = <Item>(items: readonly Item[], index: number): Item[] => items.filter((_, at) => at !== index);
const changed = <Item>(items: readonly Item[], index: number, change: Partial<Item>): Item[] =>
  items.map((item, at) => (at === index ? { ...item, ...change } : item));
const swapped = <Item>(items: readonly Item[], one: number, other: number): Item[] =>
  items.map((item, at) => (at === one ? items[other]! : at === other ? items[one]! : item));

describe('the checker', () => {
  test('finds nothing in a right run, in whatever order the ledger is read', () => {
    expect(judge(good, { ...right, ledger: [...ledger].reverse() })).toEqual([]);
  });

  test('lets the cache forget', () => {
    expect(judge(good, { ...right, cached: balances.slice(1) })).toEqual([]);
  });

  test('calls a run without enough kills, acknowledgements or expectations invalid', () => {
    expect(kindsOf({}, { kills: 2 })).toEqual(['invalid-run']);
    expect(kindsOf({}, { acknowledged: new Set(['alpha/e1']) })).toEqual(['invalid-run']);
    expect(kindsOf({}, { expected: [] })).toContain('invalid-run');
  });

  describe.each(['ledger', 'audit', 'earned'] as const)('sees a fault planted in %s:', (where) => {
    const rows: readonly (typeof expected)[number][] = right[where];
    const plant = (planted: readonly object[]): readonly FindingKind[] => kindsOf({ [where]: planted });

    test.each([0, 1, 2, 3, 4])('entry %i dropped', (index) => {
      expect(plant(without(rows, index))).toContain('lost');
    });

    test.each([0, 1, 2, 3, 4])('entry %i doubled', (index) => {
      expect(plant([...rows, rows[index]!])).toContain('doubled');
    });

    test.each([0, 1, 2, 3, 4])('entry %i with one point more', (index) => {
      expect(plant(changed(rows, index, { points: expected[index]!.points + 1 }))).toContain('different');
    });

    test('the tail cut', () => {
      expect(plant(rows.slice(0, 3))).toContain('lost');
    });

    test('two tenants swapped', () => {
      const planted = changed(changed(rows, 2, { merchantId: 'beta' }), 3, { merchantId: 'alpha' });
      expect(plant(planted)).toEqual(expect.arrayContaining(['lost']));
    });

    test('an entry given to another customer of the merchant', () => {
      expect(plant(changed(rows, 2, { customerId: 'ann' }))).toContain('different');
    });

    test('an entry that nobody sent', () => {
      expect(plant([...rows, { ...rows[0]!, eventId: 'e9' }])).toContain('unknown');
    });
  });

  test.each(['audit', 'earned'] as const)('sees two events of a customer reordered in %s', (where) => {
    expect(kindsOf({ [where]: swapped<object>(right[where], 0, 1) })).toEqual(['order']);
  });

  test.each(['ledger', 'audit'] as const)('sees a gap and a repeat in the sequence in %s', (where) => {
    expect(kindsOf({ [where]: changed(ledger, 4, { sequence: 4 }) })).toContain('sequence');
    expect(kindsOf({ [where]: changed(ledger, 4, { sequence: 2 }) })).toContain('sequence');
    expect(kindsOf({ [where]: changed(ledger, 0, { sequence: 0 }) })).toContain('sequence');
  });

  test.each(['ledger', 'audit'] as const)('sees a balance that is not the sum in %s', (where) => {
    expect(kindsOf({ [where]: changed(ledger, 1, { balanceAfter: 31 }) })).toEqual(['balance']);
  });

  test('sees a merchant’s record under the key of another', () => {
    expect(kindsOf({ earned: changed(right.earned, 3, { key: 'alpha' }) })).toEqual(['different']);
  });

  test.each(['cached', 'served'] as const)('sees a wrong, a foreign and a swapped balance in %s', (where) => {
    expect(kindsOf({ [where]: changed(balances, 0, { balance: 32 }) })).toEqual(['balance']);
    expect(kindsOf({ [where]: [...balances, { merchantId: 'beta', customerId: 'bob', balance: 0 }] })).toEqual([
      'balance',
    ]);
    const planted = changed(changed(balances, 0, { balance: 7 }), 2, { balance: 31 });
    expect(kindsOf({ [where]: planted })).toEqual(['balance']);
  });

  test('sees a customer who got no answer', () => {
    expect(kindsOf({ served: balances.slice(1) })).toEqual(['lost']);
  });

  test('sees a dead letter', () => {
    expect(kindsOf({ deadLetters: 1 })).toEqual(['dead-letter']);
  });

  test('sees a group that skipped or has not read an offset, or that is not there', () => {
    const lag = { group: 'points', topic: 'points.ingest', partition: 1 };
    expect(kindsOf({ lags: [{ ...lag, lag: 1 }] })).toEqual(['lag']);
    expect(kindsOf({ lags: [{ ...lag, lag: null }] })).toEqual(['lag']);
    expect(kindsOf({ lags: [] })).toEqual(['lag']);
  });
});
