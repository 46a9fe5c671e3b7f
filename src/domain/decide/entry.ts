/** In which direction an entry moves points: `earn` and `bonus` give, `spend` and `expire` take. */
export type EntryType = 'earn' | 'spend' | 'expire' | 'bonus';

/** What made an entry, as the audit record and the stores name it. */
export type EntryCause =
  | 'order.created'
  | 'order.cancelled'
  | 'order.refunded'
  | 'pos.transaction'
  | 'vip_tier.assigned'
  | 'reward.redemption'
  | 'redemption.returned';

/** One line of a customer's ledger, as decided. */
export interface Entry {
  /** UUID of the event that caused it; once in a merchant's ledger. */
  readonly eventId: string;
  readonly eventType: EntryCause;
  /** UUID. */
  readonly customerId: string;
  readonly type: EntryType;
  /** Points moved, >= 0; `type` says in which direction. */
  readonly points: number;
  /** 1, 2, 3 … per customer. */
  readonly sequence: number;
  /** The customer's balance after this entry. */
  readonly balanceAfter: number;
  /** The rule that made the points, as text. */
  readonly rule: string;
  /** BCP 47 tag of the language the customer reads. */
  readonly locale: string;
  /** When the event happened, in milliseconds since the epoch, UTC. */
  readonly occurredAt: number;
  /** Shopify's order id where an order caused it. */
  readonly orderId: string | null;
  /** What the points were earned on, or taken back for, in minor units of the merchant's currency. */
  readonly amountMinor: number | null;
  /** UUID of the request behind it, where a caller made one. */
  readonly idempotencyToken: string | null;
  /** UUID of the redemption whose points it takes or gives back. */
  readonly redemptionId: string | null;
  /** UUID of the reward of that redemption. */
  readonly rewardId: string | null;
  /** Why it moves no points although some were asked for. */
  readonly reason: string | null;
  /** What else there is to know about it: one line. */
  readonly detail: string | null;
  readonly correlationId: string;
}

/** An entry before it has its place in the ledger. */
export type EntryDraft = Omit<Entry, 'sequence' | 'balanceAfter'>;
