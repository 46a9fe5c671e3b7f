// Generated from avro/*.avsc by `npm run generate`: edit there.

/** An account in the state store of topologies/points, and in its changelog. Key: merchant_id:customer_id. */
export interface AccountState {
  /** Points */
  readonly balance: number;
  /** Of the newest entry; 0 before the first */
  readonly sequence: number;
}

/** One ledger entry as decided: the record that MongoDB and Redis are filled, and can be rebuilt, from. */
export interface AuditEntry {
  /** UUID of the event that caused the entry */
  readonly event_id: string;
  /** points.earned, reward.redemption, order.created: what processed_events names it */
  readonly event_type: string;
  /** UUID */
  readonly customer_id: string;
  /** UUID; the record's key */
  readonly merchant_id: string;
  /** Points moved, >= 0; `type` says in which direction */
  readonly points: number;
  readonly type: 'earn' | 'spend' | 'expire' | 'bonus';
  /** 1, 2, 3 … per customer: a gap or a repeat is visible */
  readonly sequence: number;
  /** The customer's balance after this entry */
  readonly balance_after: number;
  /** BCP 47 tag of the description */
  readonly locale: string;
  /** Localized sentence from translations */
  readonly description: string;
  /** The rule that made the points, as text, so that a claw-back uses it and not today's */
  readonly rule: string;
  /** Shopify's order id where an order caused it */
  readonly order_id: null | string;
  /** Amount the points were earned on, in minor units of the merchant's currency */
  readonly amount_minor: null | number;
  /** The webhook delivery that brought the event */
  readonly delivery_id: null | string;
  /** How long the merchant wants the entry kept for audit: 90-180 days */
  readonly retention_days: number;
  readonly schema_version: string;
  /** When the event happened, not when it was decided */
  readonly created_at: number;
  readonly correlation_id: string;
}

/** What points.ingest and points.replay hold: one thing that happened at a merchant, normalized, free of personal data. The envelope is common to all; `command` says what happened. New kinds are added to the union, never another topic, so that everything about a merchant stays in order. */
export interface IngestCommand {
  /** UUIDv5 of the effect in the merchant's namespace: the same happening has the same id however it is delivered */
  readonly event_id: string;
  /** UUID; the record's key */
  readonly merchant_id: string;
  /** UUIDv5 of customer/<Shopify customer id> in the merchant's namespace */
  readonly customer_id: string;
  /** Follows the request through every hop */
  readonly correlation_id: string;
  /** Semantic version of this contract */
  readonly schema_version: string;
  /** When it happened at the merchant, by the sender's clock */
  readonly occurred_at: number;
  /** Language the customer reads, negotiated to one that may have translations; a BCP 47 tag */
  readonly locale: string;
  /** The webhook delivery that brought it (X-Shopify-Webhook-Id); for tracing and the first filter, never for deciding */
  readonly delivery_id: null | string;
  /** What happened */
  readonly command: { 'points.OrderCreated': OrderCreated };
}

/** An order was placed at a shop. */
export interface OrderCreated {
  /** Shopify's order id: decimal digits, kept exact as text */
  readonly order_id: string;
  /** Placed subtotal after discounts, without tax and shipping, in shop money, in the currency's minor units */
  readonly amount_minor: number;
  /** Shop currency, ISO 4217 code */
  readonly currency: string;
  /** As the order was placed: pending, authorized, paid, … */
  readonly financial_status: null | string;
  /** Where the order was made: web, pos, shopify_draft_order, an app's id */
  readonly source_name: null | string;
}

/** The balance of one customer at one merchant: absolute, so that the newest record of a key is the truth. */
export interface PointsBalance {
  /** UUID */
  readonly merchant_id: string;
  /** UUID */
  readonly customer_id: string;
  /** Points */
  readonly balance: number;
  /** Of the entry that made it: newer means greater */
  readonly sequence: number;
  readonly schema_version: string;
  /** When the event that made it happened */
  readonly updated_at: number;
  readonly correlation_id: string;
}

/** A customer was given points; for downstream analytics (RFM, AdminCore). */
export interface PointsEarned {
  /** UUID of the event that earned them */
  readonly event_id: string;
  /** UUID */
  readonly customer_id: string;
  /** UUID; the record's key */
  readonly merchant_id: string;
  /** Points given, >= 0 */
  readonly points: number;
  readonly type: 'earn' | 'bonus';
  /** BCP 47 tag of the description */
  readonly locale: string;
  /** Localized sentence from translations */
  readonly description: string;
  readonly schema_version: string;
  /** When the event happened, not when it was decided */
  readonly created_at: number;
  readonly correlation_id: string;
}

/** An event that was applied, in the dedupe store of topologies/points, and in its changelog. Key: merchant_id:event_id. */
export interface SeenEvent {
  /** Stream time from which the store may forget it; the ledger knows it for ever */
  readonly expires_at: number;
  /** Which record is applied for it: topic/partition/offset; null: not known */
  readonly source: null | string;
}

/** Every record by its name, which is also its file's. */
export interface AvroRecords {
  readonly AccountState: AccountState;
  readonly AuditEntry: AuditEntry;
  readonly IngestCommand: IngestCommand;
  readonly OrderCreated: OrderCreated;
  readonly PointsBalance: PointsBalance;
  readonly PointsEarned: PointsEarned;
  readonly SeenEvent: SeenEvent;
}
