/** What every command says. */
export interface CommandBase {
  /** UUID of what it causes. */
  readonly eventId: string;
  /** UUID; the nil UUID where the sender does not know. */
  readonly customerId: string;
  /** Milliseconds since the epoch, UTC, by the sender's clock. */
  readonly occurredAt: number;
  /** BCP 47 tag of the language the customer reads. */
  readonly locale: string;
  /** Follows the request through every hop. */
  readonly correlationId: string;
}

/** An order was placed at the merchant's shop. */
export interface OrderCreated extends CommandBase {
  readonly kind: 'OrderCreated';
  /** Shopify's order id: decimal digits. */
  readonly orderId: string;
  /** What earns, in minor units of `currency`; a safe integer >= 0. */
  readonly amountMinor: number;
  /** ISO 4217 code. */
  readonly currency: string;
}

/** An order was cancelled, maybe one that has not come yet. */
export interface OrderCancelled extends CommandBase {
  readonly kind: 'OrderCancelled';
  readonly orderId: string;
}

/** Part of an order, or all of it, was refunded, maybe of one that has not come yet. */
export interface OrderRefunded extends CommandBase {
  readonly kind: 'OrderRefunded';
  readonly orderId: string;
  /** What was refunded of what the order earned on, in minor units of `currency`; a safe integer >= 0. */
  readonly amountMinor: number;
  readonly currency: string;
}

/** A sale or a spend that a till recorded, maybe while it was offline. */
export interface PosTransaction extends CommandBase {
  readonly kind: 'PosTransaction';
  readonly type: 'earn' | 'spend';
  /** Points earned or spent; 0 where a sale leaves it to the merchant's rule. */
  readonly points: number;
  /** UUID made at the till. */
  readonly idempotencyToken: string;
  /** Shopify's order id where the till knows it. */
  readonly orderId: string | null;
  /** Amount of the sale in minor units of `currency`, where the till says. */
  readonly amountMinor: number | null;
  readonly currency: string | null;
}

/** A customer wants a reward for points. */
export interface RedemptionRequested extends CommandBase {
  readonly kind: 'RedemptionRequested';
  /** UUID. */
  readonly rewardId: string;
  /** UUID made by the caller. */
  readonly idempotencyToken: string;
  /** Points to spend, > 0. */
  readonly points: number;
}

/** Event Tracking says what became of a redemption's task. */
export interface RedemptionSettled extends CommandBase {
  readonly kind: 'RedemptionSettled';
  readonly outcome: 'completed' | 'failed';
  /** UUID of the request that it answers. */
  readonly idempotencyToken: string;
  /** UUID, where there is a task. */
  readonly taskId: string | null;
}

/** Nobody has said in time what became of a redemption. */
export interface RedemptionTimedOut extends CommandBase {
  readonly kind: 'RedemptionTimedOut';
  readonly idempotencyToken: string;
}

/** Campaign put the customer into a VIP tier. */
export interface TierAssigned extends CommandBase {
  readonly kind: 'TierAssigned';
  readonly tierId: string;
}

export type OrderCommand = OrderCreated | OrderCancelled | OrderRefunded;

export type RedemptionCommand = RedemptionRequested | RedemptionSettled | RedemptionTimedOut;

/** What a merchant's account can be told; each kind has its case in `decide`. */
export type Command = OrderCommand | PosTransaction | RedemptionCommand | TierAssigned;
