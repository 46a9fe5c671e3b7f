/** In which direction an entry moves points: `earn` and `bonus` give, `spend` and `expire` take. */
export type EntryType = 'earn' | 'spend' | 'expire' | 'bonus';

/** One line of a customer's ledger, as decided. */
export interface Entry {
  /** UUID of the event that caused it. */
  readonly eventId: string;
  /** What happened, as the audit record and the stores name it. */
  readonly eventType: 'order.created';
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
  /** What the points were earned on, in minor units of the merchant's currency. */
  readonly amountMinor: number | null;
}
