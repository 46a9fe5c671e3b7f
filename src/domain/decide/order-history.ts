import { pointsFor } from './earning.ts';
import type { EarningRule } from '../merchant.ts';

/** A refund that came before its order. */
export interface EarlyRefund {
  readonly eventId: string;
  /** Minor units of the merchant's currency. */
  readonly amountMinor: number;
  /** Milliseconds since the epoch. */
  readonly occurredAt: number;
  readonly correlationId: string;
}

/** What an order gave: everything that taking back depends on. */
export interface Earned {
  /** UUID of the entry. */
  readonly eventId: string;
  readonly customerId: string;
  /** Points it gave. */
  readonly points: number;
  /** What it earned on, in minor units; null where a till named its points without an amount. */
  readonly amountMinor: number | null;
  /** The rule that made the points; null where a till named them. */
  readonly rule: EarningRule | null;
  /** BCP 47 tag of the language the customer reads. */
  readonly locale: string;
}

/** An order as far as it has come: what it gave, and what of that was taken back; or what waits for it. */
export interface OrderHistory {
  /** null: the order has not come yet. */
  readonly earned: Earned | null;
  /** Points taken back, or forgiven, so far; <= the points it gave. */
  readonly takenBack: number;
  /** Minor units refunded so far. */
  readonly refundedMinor: number;
  readonly cancellation: Omit<EarlyRefund, 'amountMinor'> | null;
  /** Refunds that came before the order. */
  readonly earlyRefunds: readonly EarlyRefund[];
}

export const noOrder: OrderHistory = {
  earned: null,
  takenBack: 0,
  refundedMinor: 0,
  cancellation: null,
  earlyRefunds: [],
};

/** a × b ÷ c, rounded down, exact for safe integers. */
const share = (a: number, b: number, c: number): number => Number((BigInt(a) * BigInt(b)) / BigInt(c));

/**
 * Points an order is still worth after so much of it was refunded: what the rest earns by the rule the order earned by.
 * Where a till named the points of an amount, in proportion; where it named no amount either, today's rule says what the
 * refund is worth.
 */
export const worthAfter = (earned: Earned, refundedMinor: number, todaysRule: EarningRule): number => {
  const { amountMinor, points, rule } = earned;
  if (amountMinor === null) return Math.max(0, points - pointsFor(refundedMinor, todaysRule));
  const left = Math.max(0, amountMinor - refundedMinor);
  if (rule !== null) return Math.min(points, pointsFor(left, rule));
  return amountMinor === 0 ? points : share(points, left, amountMinor);
};
