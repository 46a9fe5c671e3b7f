import type { Account } from './account.ts';
import type { Entry, EntryType } from './entry.ts';
import type { MerchantSettings } from '../merchant.ts';
import type { OrderHistory } from './order-history.ts';
import type { Redemption } from './redemption.ts';

/** Why points asked for do not move, or a redemption fails; it names records and answers, so these never change. */
export type RefusalReason =
  | 'INSUFFICIENT_POINTS'
  | 'REWARD_ALREADY_REDEEMED'
  | 'REDEMPTION_ALREADY_SETTLED'
  | 'TASK_FAILED'
  | 'TIMED_OUT';

/** What of a merchant's settings a decision depends on, and of ours. */
export interface DecisionSettings
  extends Pick<MerchantSettings, 'currency' | 'earningRule' | 'tierBonuses' | 'overdraft'> {
  /** How long a redemption may be pending, in milliseconds. */
  readonly redemptionTimeoutMs: number;
}

/** What is known where a command is decided. */
export interface DecisionState {
  /** Of the customer concerned. */
  readonly account: Account;
  /** Of the order that the command names. */
  readonly order?: OrderHistory | undefined;
  /** The redemption that the command is about. */
  readonly redemption?: Redemption | undefined;
  /** UUID of the redemption that has used up the reward asked for. */
  readonly rewardHolder?: string | undefined;
  /** Wall clock, in milliseconds since the epoch. */
  readonly now: number;
}

/** A redemption has come to a status. */
export interface RedemptionStep {
  /** UUID of the event that brought it there. */
  readonly eventId: string;
  readonly redemption: Redemption;
  readonly status: 'pending' | 'completed' | 'failed';
  readonly reason: RefusalReason | null;
  /** Milliseconds since the epoch. */
  readonly occurredAt: number;
  readonly correlationId: string;
}

/** Something was asked for that is not done; its caller is told, and it is on record. */
export interface Refusal {
  readonly eventId: string;
  readonly customerId: string;
  readonly eventType: string;
  readonly type: EntryType;
  /** Points asked for. */
  readonly points: number;
  readonly reason: string;
  readonly idempotencyToken: string | null;
  readonly redemptionId: string | null;
  readonly taskId: string | null;
  readonly orderId: string | null;
  readonly locale: string;
  readonly occurredAt: number;
  readonly correlationId: string;
}

/** What a command means: entries for the ledger, and what else is remembered and told. */
export interface Decision {
  readonly entries: readonly Entry[];
  readonly steps?: readonly RedemptionStep[];
  readonly refusals?: readonly Refusal[];
  /** The order from now on, where it changes. */
  readonly order?: OrderHistory;
  /** The redemption from now on, where it changes. */
  readonly redemption?: Redemption;
}

/** Nothing is left to do: it was done before. */
export const nothing: Decision = { entries: [] };
