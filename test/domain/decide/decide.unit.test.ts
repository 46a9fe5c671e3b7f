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
} from '../../../src/domain/index.ts';
import { at, common, entry, settings, Story } from './rig.ts';

type OrderCreated = Extract<Command, { kind: 'OrderCreated' }>;

const order = (changes: Partial<OrderCreated> = {}): OrderCreated => ({
  kind: 'OrderCreated',
  ...common,
  orderId: '820982911946154508',
  amountMinor: 12_999,
  currency: 'USD',
  ...changes,
});

const given = (entries: readonly Entry[], own: Partial<DecisionSettings> = {}) => {
  const state = { account: entries.reduce<Account>(evolve, initialAccount()), now: at };
  const decided = (command: Command) => decide(state, command, { ...settings, ...own });
  return {
    when: (command: Command) => ({
      then: (expected: readonly Entry[]) => expect(decided(command).entries).toStrictEqual(expected),
      thenRejected: (error: Readonly<Record<string, unknown>>) =>
        expect(() => decided(command)).toThrow(expect.objectContaining(error)),
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
        message: 'Amount is in EUR, but the merchant earns on USD',
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
          const decision = decide({ account, now: at }, order({ amountMinor }), settings);
          const [decided, ...others] = decision.entries;
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

describe('a tier', () => {
  const tier = (tierId: string): Command => ({ kind: 'TierAssigned', ...common, tierId });

  it("gives the bonus of the merchant's table", () => {
    expect(new Story(10).tell(tier('gold')).entries).toStrictEqual([
      entry({
        ...{ eventType: 'vip_tier.assigned', type: 'bonus', points: 500, sequence: 2, balanceAfter: 510 },
        ...{ rule: 'tier gold', orderId: null, amountMinor: null },
      }),
    ]);
  });

  it('that the table does not name is rejected for good', () => {
    given([])
      .when(tier('platinum'))
      .thenRejected({ code: 'UNKNOWN_TIER', facts: { tier_id: 'platinum' } });
  });
});
