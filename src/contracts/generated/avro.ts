// Generated from avro/*.avsc by `npm run generate`: edit there.

/** A union of records: exactly one branch, under its full name. */
type OneOf<Branches> = {
  [Name in keyof Branches]: { readonly [Own in Name]: Branches[Own] } & {
    readonly [Other in Exclude<keyof Branches, Name>]?: never;
  };
}[keyof Branches];

/** An account in the state store of topologies/points, and in its changelog. Key: merchant_id:customer_id. */
export interface AccountState {
  /** Points */
  readonly balance: number;
  /** Of the newest entry; 0 before the first */
  readonly sequence: number;
}

/** What was decided, once each: a ledger entry, a step of a redemption, a request that was refused, an act of an operator. The record that MongoDB and Redis are filled, and can be rebuilt, from. Free of personal data. */
export interface AuditEntry {
  /** UUID of the event that caused the entry */
  readonly event_id: string;
  /** What happened: order.created, order.cancelled, order.refunded, pos.transaction, vip_tier.assigned, reward.redemption, redemption.returned; for an act its name, such as points.replay */
  readonly event_type: string;
  /** UUID; the nil UUID where no customer is concerned */
  readonly customer_id: string;
  /** UUID; the record's key. The nil UUID for an act that concerns all merchants */
  readonly merchant_id: string;
  /** Points moved, >= 0; `type` says in which direction */
  readonly points: number;
  /** Of a ledger entry its direction, of a step or a refusal that of the points asked for; without meaning for an act */
  readonly type: 'earn' | 'spend' | 'expire' | 'bonus';
  /** 1, 2, 3 … per customer: a gap or a repeat is visible. Of anything that is no ledger entry: that of the newest entry before it */
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
  /** Only `ledger` moves points */
  readonly kind: 'ledger' | 'redemption' | 'refusal' | 'action';
  /** Of a redemption, from this step on */
  readonly status: null | 'pending' | 'completed' | 'failed';
  /** Stable code: why a request was refused, or a redemption failed */
  readonly reason: null | string;
  /** The event_id of the redemption that an entry or a step belongs to */
  readonly redemption_id: null | string;
  /** UUID of the reward that is redeemed */
  readonly reward_id: null | string;
  /** UUID that the caller made for its request */
  readonly idempotency_token: null | string;
  /** UUID of the task of Event Tracking that answered a redemption */
  readonly task_id: null | string;
  /** Who acted, of an act: the role of an operator or a job, never a person's name */
  readonly actor: null | string;
  /** What was done, of an act, or what a refused request did not fit: one line of text */
  readonly detail: null | string;
  readonly schema_version: string;
  /** When the event happened, not when it was decided */
  readonly created_at: number;
  readonly correlation_id: string;
}

/** Shopify passes on what the law demands: a customer's data to be told or erased, a shop's to be erased. */
export interface ComplianceRequested {
  /** What is demanded */
  readonly request: 'customer_data_request' | 'customer_redact' | 'shop_redact';
  /** Shopify's order ids that are named, decimal digits */
  readonly order_ids: readonly (string)[];
}

/** What points.ingest and points.replay hold: one thing that happened at a merchant, normalized, free of personal data. The envelope is common to all; `command` says what happened. New kinds are added to the union, never another topic, so that everything about a merchant stays in order. */
export interface IngestCommand {
  /** UUIDv5 of the effect in the merchant's namespace, or the sender's own id: the same happening has the same id however it is delivered */
  readonly event_id: string;
  /** UUID; the record's key */
  readonly merchant_id: string;
  /** UUIDv5 of customer/<Shopify customer id> in the merchant's namespace; the nil UUID where the sender does not say: a refund, a request about a whole shop */
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
  readonly command: OneOf<{ 'points.OrderCreated': OrderCreated; 'points.OrderCancelled': OrderCancelled; 'points.OrderRefunded': OrderRefunded; 'points.PosTransaction': PosTransaction; 'points.RedemptionRequested': RedemptionRequested; 'points.RedemptionSettled': RedemptionSettled; 'points.TierAssigned': TierAssigned; 'points.ComplianceRequested': ComplianceRequested }>;
}

/** An order was cancelled at a shop: what it earned is taken back. May come before the order itself. */
export interface OrderCancelled {
  /** Shopify's order id: decimal digits */
  readonly order_id: string;
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

/** Part of an order, or all of it, was refunded: what that part earned is taken back. Its sender does not know the customer; may come before the order itself. */
export interface OrderRefunded {
  /** Shopify's order id: decimal digits */
  readonly order_id: string;
  /** Shopify's refund id: decimal digits */
  readonly refund_id: string;
  /** Subtotal of what was refunded, on the base the order earned on: after discounts, without tax and shipping, in shop money, in the currency's minor units */
  readonly amount_minor: number;
  /** Shop currency, ISO 4217 code */
  readonly currency: string;
}

/** What an order gave and what of it was taken back, in the state store of topologies/points, and in its changelog. Key: merchant_id:order_id. Of an order that is not there yet: what to take back once it is. */
export interface OrderState {
  /** UUID of the entry that gave points; null: the order has not come yet */
  readonly earned_event_id: null | string;
  /** UUID; the nil UUID before the order has come */
  readonly customer_id: string;
  /** Points it gave */
  readonly points: number;
  /** Points taken back or forgiven so far, <= points */
  readonly taken_back: number;
  /** What it earned on; null where a till named its points without an amount */
  readonly amount_minor: null | number;
  /** Of that, refunded so far */
  readonly refunded_minor: number;
  /** The rule that made its points, null where a till named them: so many … */
  readonly rule_points: null | number;
  /** … for every so many minor units */
  readonly rule_per_minor_units: null | number;
  /** UUID of its cancellation */
  readonly cancelled_event_id: null | string;
  /** When it was cancelled at the shop */
  readonly cancelled_at: null | number;
  /** Of its cancellation */
  readonly cancelled_correlation_id: null | string;
  /** Refunds that came before the order */
  readonly early_refunds: readonly (PendingRefund)[];
  /** BCP 47 tag of the language the customer reads */
  readonly locale: string;
}

/** A refund that came before its order. */
export interface PendingRefund {
  /** UUID */
  readonly event_id: string;
  /** As OrderRefunded has it */
  readonly amount_minor: number;
  /** When it was refunded at the shop */
  readonly occurred_at: number;
  readonly correlation_id: string;
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

/** A sale or a spend that a till recorded, maybe while it was offline. */
export interface PosTransaction {
  /** earn: a sale; spend: points paid with */
  readonly type: 'earn' | 'spend';
  /** Points earned or spent, > 0; 0 where a sale leaves it to the merchant's rule, from its amount */
  readonly points: number;
  /** UUID made at the till */
  readonly idempotency_token: string;
  /** Shopify's order id where the till knows it: the sale is then the same happening as orders/create */
  readonly order_id: null | string;
  /** Amount of a sale that earns, in minor units of `currency` */
  readonly amount_minor: null | number;
  /** ISO 4217 code */
  readonly currency: null | string;
}

/** A customer wants a reward for points. */
export interface RedemptionRequested {
  /** UUID of the reward that is given; one redemption each */
  readonly reward_id: string;
  /** UUID made by the caller: the same request has the same */
  readonly idempotency_token: string;
  /** Points to spend, > 0 */
  readonly points: number;
}

/** Event Tracking says what became of a redemption's task. */
export interface RedemptionSettled {
  /** completed: by task_id; failed: the points go back */
  readonly outcome: 'completed' | 'failed';
  /** UUID of the request that it answers */
  readonly idempotency_token: string;
  /** UUID of the task */
  readonly task_id: null | string;
}

/** A redemption in the state store of topologies/points, and in its changelog. Key: merchant_id:idempotency_token. One that nobody has asked for yet has only its settlement. */
export interface RedemptionState {
  /** event_id of its request; of one that is unasked, of its settlement */
  readonly redemption_id: string;
  /** UUID */
  readonly customer_id: string;
  /** UUID */
  readonly reward_id: string;
  /** UUID */
  readonly idempotency_token: string;
  /** Points spent; 0 while unasked */
  readonly points: number;
  /** unasked: its settlement came before it */
  readonly status: 'unasked' | 'pending' | 'completed' | 'failed';
  /** Why it failed, or for `unasked` the outcome that came too early: completed or failed */
  readonly reason: null | string;
  /** UUID */
  readonly task_id: null | string;
  /** BCP 47 tag of the language the customer reads */
  readonly locale: string;
  /** When it was asked for */
  readonly requested_at: number;
  /** Wall clock; pending from here on is failed */
  readonly expires_at: number;
  readonly correlation_id: string;
}

/** A reward was redeemed and its points are debited; for Event Tracking, which answers with task.created or task.failed. */
export interface RewardRedemption {
  /** UUID of the redemption */
  readonly event_id: string;
  /** UUID */
  readonly customer_id: string;
  /** UUID; the record's key */
  readonly merchant_id: string;
  /** UUID of the reward */
  readonly reward_id: string;
  /** UUID of the request; the answer names it */
  readonly idempotency_token: string;
  /** Points spent, > 0 */
  readonly points: number;
  /** UUID of the task; null: there is none yet */
  readonly task_id: null | string;
  /** BCP 47 tag of the language the customer reads */
  readonly locale: string;
  readonly schema_version: string;
  /** When the redemption was asked for */
  readonly created_at: number;
  readonly correlation_id: string;
}

/** Which redemption has used up a reward, in the state store of topologies/points, and in its changelog. Key: merchant_id:reward_id. */
export interface RewardState {
  /** event_id of the redemption */
  readonly redemption_id: string;
}

/** An event that was applied, in the dedupe store of topologies/points, and in its changelog. Key: merchant_id:event_id. */
export interface SeenEvent {
  /** Stream time from which the store may forget it; the ledger knows it for ever */
  readonly expires_at: number;
  /** Which record is applied for it: topic/partition/offset; null: not known */
  readonly source: null | string;
}

/** Not ours: Event Tracking made a task for a redemption: it is completed; on task.created, under its own key, as far as we read it. */
export interface TaskCreated {
  /** UUID */
  readonly task_id: string;
  /** UUID of the redemption's request */
  readonly idempotency_token: string;
  /** UUID */
  readonly customer_id: string;
  /** UUID */
  readonly merchant_id: string;
  /** When the task was made */
  readonly created_at: number;
  /** The redemption's */
  readonly correlation_id: string;
}

/** Not ours: Event Tracking could make no task for a redemption: its points go back; on task.failed, under its own key, as far as we read it. */
export interface TaskFailed {
  /** UUID, where one was begun */
  readonly task_id: null | string;
  /** UUID of the redemption's request */
  readonly idempotency_token: string;
  /** UUID */
  readonly customer_id: string;
  /** UUID */
  readonly merchant_id: string;
  /** When it failed */
  readonly created_at: number;
  /** The redemption's */
  readonly correlation_id: string;
}

/** Campaign put a customer into a VIP tier. */
export interface TierAssigned {
  /** The tier in the merchant's table of bonuses */
  readonly tier_id: string;
}

/** Not ours: what Campaign puts onto vip_tier.assigned, under its own key, as far as we read it. */
export interface VipTierAssigned {
  /** UUID, Campaign's own */
  readonly event_id: string;
  /** UUID */
  readonly customer_id: string;
  /** UUID */
  readonly merchant_id: string;
  /** Names the tier in the merchant's table of bonuses */
  readonly tier_id: string;
  /** When the customer came into it */
  readonly assigned_at: number;
}

/** Every record by its name, which is also its file's. */
export interface AvroRecords {
  readonly AccountState: AccountState;
  readonly AuditEntry: AuditEntry;
  readonly ComplianceRequested: ComplianceRequested;
  readonly IngestCommand: IngestCommand;
  readonly OrderCancelled: OrderCancelled;
  readonly OrderCreated: OrderCreated;
  readonly OrderRefunded: OrderRefunded;
  readonly OrderState: OrderState;
  readonly PendingRefund: PendingRefund;
  readonly PointsBalance: PointsBalance;
  readonly PointsEarned: PointsEarned;
  readonly PosTransaction: PosTransaction;
  readonly RedemptionRequested: RedemptionRequested;
  readonly RedemptionSettled: RedemptionSettled;
  readonly RedemptionState: RedemptionState;
  readonly RewardRedemption: RewardRedemption;
  readonly RewardState: RewardState;
  readonly SeenEvent: SeenEvent;
  readonly TaskCreated: TaskCreated;
  readonly TaskFailed: TaskFailed;
  readonly TierAssigned: TierAssigned;
  readonly VipTierAssigned: VipTierAssigned;
}
