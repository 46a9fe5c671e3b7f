/** A customer's wish for a reward, from its request to what became of it. */
export interface Redemption {
  /** UUID; the event_id of its request. */
  readonly redemptionId: string;
  readonly customerId: string;
  /** UUID of the reward; one redemption that has not failed each. Empty while nobody has asked. */
  readonly rewardId: string;
  /** UUID made by the caller. */
  readonly idempotencyToken: string;
  /** Points it spends. */
  readonly points: number;
  /** `unasked`: Event Tracking's answer came before the request. */
  readonly status: 'unasked' | 'pending' | 'completed' | 'failed';
  /** Why it failed; of one that is `unasked` the answer that waits for it: `completed` or `failed`. */
  readonly reason: string | null;
  /** UUID of Event Tracking's task. */
  readonly taskId: string | null;
  readonly locale: string;
  /** Milliseconds since the epoch. */
  readonly requestedAt: number;
  /** Wall clock time from which it has failed unless it is settled, in milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly correlationId: string;
}
