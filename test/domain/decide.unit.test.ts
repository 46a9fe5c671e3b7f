import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Account,
  type Command,
  type DecisionSettings,
  decide,
  type Entry,
  evolve,
  initialAccount,
} from '../../src/domain/index.ts';

const settings: DecisionSettings = { currency: 'USD', earningRule: { points: 1, perMinorUnits: 100 } };

const order = (changes: Partial<Command> = {}): Command => ({
  kind: 'OrderCreated',
  eventId: '5b0c9a3e-0000-5000-8000-000000000001',
  customerId: '5b0c9a3e-0000-5000-8000-0000000000c1',
  occurredAt: Date.UTC(2025, 9, 14, 16, 20),
  locale: 'ar-EG',
  orderId: '820982911946154508',
  amountMinor: 12_999,
  currency: 'USD',
  ...changes,
});

const entry = (changes: Partial<Entry> = {}): Entry => ({
  eventId: '5b0c9a3e-0000-5000-8000-000000000001',
  eventType: 'order.created',
  customerId: '5b0c9a3e-0000-5000-8000-0000000000c1',
  type: 'earn',
  points: 129,
  sequence: 1,
  balanceAfter: 129,
  rule: '1 point per 100 minor units',
  locale: 'ar-EG',
  occurredAt: Date.UTC(2025, 9, 14, 16, 20),
  orderId: '820982911946154508',
  amountMinor: 12_999,
  ...changes,
});

const given = (entries: readonly Entry[], at: DecisionSettings = settings) => {
  const account = entries.reduce<Account>(evolve, initialAccount());
  return {
    when: (command: Command) => ({
      then: (expected: readonly Entry[]) => expect(decide(account, command, at)).toStrictEqual(expected),
      thenRejected: (error: Readonly<Record<string, unknown>>) =>
        expect(() => decide(account, command, at)).toThrow(expect.objectContaining(error)),
    }),
  };
};

describe('an order', () => {
  it('earns a new customer points for every full step', () => {
    given([]).when(order()).then([entry()]);
  });

  it('adds to what the customer has, with the next sequence', () => {
    given([entry({ points: 40, balanceAfter: 40 })])
      .when(order({ amountMinor: 500 }))
      .then([entry({ points: 5, sequence: 2, balanceAfter: 45, amountMinor: 500 })]);
  });

  it('follows entries that took points', () => {
    given([
      entry({ points: 40, balanceAfter: 40 }),
      entry({ type: 'spend', points: 15, sequence: 2, balanceAfter: 25 }),
      entry({ type: 'bonus', points: 5, sequence: 3, balanceAfter: 30 }),
      entry({ type: 'expire', points: 10, sequence: 4, balanceAfter: 20 }),
    ])
      .when(order({ amountMinor: 100 }))
      .then([entry({ points: 1, sequence: 5, balanceAfter: 21, amountMinor: 100 })]);
  });

  it('too small for a point is entered with none, so that the ledger knows the event', () => {
    given([])
      .when(order({ amountMinor: 99 }))
      .then([entry({ points: 0, balanceAfter: 0, amountMinor: 99 })]);
  });

  it('is entered with the rule of its day', () => {
    given([], { currency: 'JPY', earningRule: { points: 2, perMinorUnits: 50 } })
      .when(order({ amountMinor: 14_319, currency: 'JPY' }))
      .then([entry({ points: 572, balanceAfter: 572, amountMinor: 14_319, rule: '2 points per 50 minor units' })]);
  });

  it("in another currency than the merchant's is rejected for good, naming both", () => {
    given([])
      .when(order({ currency: 'EUR' }))
      .thenRejected({
        code: 'CURRENCY_MISMATCH',
        message: 'Order is in EUR, but the merchant earns on USD',
        facts: { expected: 'USD', actual: 'EUR' },
        retryable: false,
      });
  });

  it('that would carry the balance beyond what can be counted is rejected', () => {
    given([entry({ points: Number.MAX_SAFE_INTEGER, balanceAfter: Number.MAX_SAFE_INTEGER })])
      .when(order())
      .thenRejected({ code: 'BALANCE_OVERFLOW', retryable: false });
  });

  it.each([-1, 0.5, Number.NaN])('over %d minor units is rejected', (amountMinor) => {
    given([]).when(order({ amountMinor })).thenRejected({ code: 'AMOUNT_INVALID' });
  });
});

describe('an account', () => {
  it('starts empty', () => {
    expect(initialAccount()).toStrictEqual({ balance: 0, sequence: 0 });
  });

  it('evolves to the balance each entry says it leaves, without a gap in the sequence', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 10_000_000 }), { maxLength: 30 }), (amounts) => {
        let account = initialAccount();
        for (const amountMinor of amounts) {
          const [decided, ...others] = decide(account, order({ amountMinor }), settings);
          expect(others).toStrictEqual([]);
          expect(decided?.sequence).toBe(account.sequence + 1);
          if (decided !== undefined) account = evolve(account, decided);
          expect(account.balance).toBe(decided?.balanceAfter);
        }
        expect(account.sequence).toBe(amounts.length);
      }),
    );
  });
});
