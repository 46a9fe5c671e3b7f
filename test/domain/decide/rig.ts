import { expect } from 'vitest';
import {
  type Account,
  type Command,
  type Decision,
  type DecisionSettings,
  type DecisionState,
  decide,
  type Entry,
  evolve,
  initialAccount,
  type Redemption,
} from '../../../src/domain/index.ts';

export const settings: DecisionSettings = {
  currency: 'USD',
  earningRule: { points: 1, perMinorUnits: 100 },
  tierBonuses: new Map([['gold', 500]]),
  overdraft: { tillSpends: 'refuse', clawBacks: 'forgive' },
  redemptionTimeoutMs: 900_000,
};

export const customer = '5b0c9a3e-0000-5000-8000-0000000000c1';
export const at = Date.UTC(2025, 9, 14, 16, 20);

export const common = {
  eventId: '5b0c9a3e-0000-5000-8000-000000000001',
  customerId: customer,
  occurredAt: at,
  locale: 'ar-EG',
  correlationId: 'corr-1',
};

export const entry = (changes: Partial<Entry> = {}): Entry => ({
  eventId: common.eventId,
  eventType: 'order.created',
  customerId: customer,
  type: 'earn',
  points: 129,
  sequence: 1,
  balanceAfter: 129,
  rule: '1 point per 100 minor units',
  locale: 'ar-EG',
  occurredAt: at,
  orderId: '820982911946154508',
  amountMinor: 12_999,
  idempotencyToken: null,
  redemptionId: null,
  rewardId: null,
  reason: null,
  detail: null,
  correlationId: 'corr-1',
  ...changes,
});

/** A customer to whom one command after the other happens; each decision is kept as the topology keeps it. */
export class Story {
  #account: Account;
  #order: DecisionState['order'];
  #redemption: Redemption | undefined;
  #rewardHolder: string | undefined;
  #settings: DecisionSettings;

  constructor(balance = 0, own: Partial<DecisionSettings> = {}) {
    this.#account = balance === 0 ? initialAccount() : { balance, sequence: 1 };
    this.#settings = { ...settings, ...own };
  }

  get balance(): number {
    return this.#account.balance;
  }

  get order(): DecisionState['order'] {
    return this.#order;
  }

  get redemption(): Redemption | undefined {
    return this.#redemption;
  }

  /** Somebody else has redeemed the reward. */
  rewardIsGone(holder: string): this {
    this.#rewardHolder = holder;
    return this;
  }

  /** The merchant changes its terms. */
  settles(terms: Partial<DecisionSettings>): this {
    this.#settings = { ...this.#settings, ...terms };
    return this;
  }

  tell(command: Command, now = at): Decision {
    const state: DecisionState = {
      account: this.#account,
      order: this.#order,
      redemption: this.#redemption,
      rewardHolder: this.#rewardHolder,
      now,
    };
    const decision = decide(state, command, this.#settings);
    this.#account = decision.entries.reduce<Account>(evolve, this.#account);
    const last = decision.entries.at(-1);
    if (last !== undefined) expect(last.balanceAfter).toBe(this.#account.balance);
    this.#order = decision.order ?? this.#order;
    this.#redemption = decision.redemption ?? this.#redemption;
    return decision;
  }

  /** Each entry as `what ±points → balance`. */
  entries(command: Command): string[] {
    return this.tell(command).entries.map(
      ({ eventType, type, points, balanceAfter }) =>
        `${eventType} ${type === 'earn' || type === 'bonus' ? '+' : '-'}${String(points)} → ${String(balanceAfter)}`,
    );
  }
}
