/** An order was placed at the merchant's shop. */
export interface OrderCreated {
  readonly kind: 'OrderCreated';
  /** UUID of what the order earns. */
  readonly eventId: string;
  /** UUID. */
  readonly customerId: string;
  /** Milliseconds since the epoch, UTC, by the sender's clock. */
  readonly occurredAt: number;
  /** BCP 47 tag of the language the customer reads. */
  readonly locale: string;
  /** Shopify's order id: decimal digits. */
  readonly orderId: string;
  /** What earns, in minor units of `currency`; a safe integer >= 0. */
  readonly amountMinor: number;
  /** ISO 4217 code. */
  readonly currency: string;
}

/** What a merchant's account can be told; each kind has its case in `decide`. */
export type Command = OrderCreated;
