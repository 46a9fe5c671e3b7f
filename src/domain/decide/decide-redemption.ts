import { type Account, evolve, place } from './account.ts';
import type { RedemptionRequested, RedemptionSettled, RedemptionTimedOut } from './commands.ts';
import {
  type Decision,
  type DecisionSettings,
  type DecisionState,
  nothing,
  type RedemptionStep,
  type RefusalReason,
} from './decision.ts';
import type { Entry } from './entry.ts';
import type { Redemption } from './redemption.ts';
import { refusalOf } from './refusal.ts';

/** What brings a redemption to its next status. */
type Cause = Pick<RedemptionStep, 'eventId' | 'occurredAt' | 'correlationId'>;

const stepOf = ({ eventId, occurredAt, correlationId }: Cause, redemption: Redemption): RedemptionStep => ({
  ...{ eventId, occurredAt, correlationId, redemption },
  status: redemption.status === 'unasked' ? 'pending' : redemption.status,
  reason: redemption.status === 'failed' ? (redemption.reason as RefusalReason) : null,
});

/**
 * Debits the points at once and leaves the reward to Event Tracking; or refuses, and nothing moves. Never below zero,
 * whatever the merchant's policy for tills: nobody has handed anything over yet.
 */
export const decideRedemptionRequested = (
  state: DecisionState,
  request: RedemptionRequested,
  { redemptionTimeoutMs }: DecisionSettings,
): Decision => {
  const early = state.redemption;
  if (early !== undefined && early.status !== 'unasked') return nothing;
  const { eventId, customerId, rewardId, idempotencyToken, points, locale, occurredAt, correlationId } = request;
  const asked: Redemption = {
    ...{ redemptionId: eventId, customerId, rewardId, idempotencyToken, points, locale, correlationId },
    ...{ status: 'pending', reason: null, taskId: null, requestedAt: occurredAt },
    expiresAt: state.now + redemptionTimeoutMs,
  };
  const refused = refusalReason(state, request);
  if (refused !== null) {
    const failed: Redemption = { ...asked, status: 'failed', reason: refused };
    return { entries: [], steps: [stepOf(request, failed)], redemption: failed };
  }
  const debit = place(state.account, {
    ...{ eventId, eventType: 'reward.redemption', customerId, type: 'spend', points, rule: 'redemption', locale },
    ...{ occurredAt, correlationId, orderId: null, amountMinor: null, idempotencyToken, rewardId },
    ...{ redemptionId: eventId, reason: null, detail: null },
  });
  const pending: Decision = { entries: [debit], steps: [stepOf(request, asked)], redemption: asked };
  return early === undefined ? pending : settleAtOnce(evolve(state.account, debit), asked, early, pending);
};

const refusalReason = (
  { account, rewardHolder }: DecisionState,
  { eventId, points }: RedemptionRequested,
): RefusalReason | null => {
  if (rewardHolder !== undefined && rewardHolder !== eventId) return 'REWARD_ALREADY_REDEEMED';
  return account.balance < points ? 'INSUFFICIENT_POINTS' : null;
};

/** The answer came before the request. */
const settleAtOnce = (account: Account, asked: Redemption, early: Redemption, pending: Decision): Decision => {
  const cause = { eventId: early.redemptionId, occurredAt: early.requestedAt, correlationId: early.correlationId };
  const settled =
    early.reason === 'completed'
      ? complete(asked, cause, early.taskId)
      : fail(account, asked, cause, 'TASK_FAILED', early.taskId);
  return {
    ...settled,
    entries: [...pending.entries, ...settled.entries],
    steps: [...(pending.steps ?? []), ...(settled.steps ?? [])],
  };
};

/** Event Tracking has answered: the redemption is completed, or it fails and its points go back. */
export const decideRedemptionSettled = (state: DecisionState, settled: RedemptionSettled): Decision => {
  const { redemption } = state;
  const { eventId, customerId, idempotencyToken, outcome, taskId, locale, occurredAt, correlationId } = settled;
  if (redemption === undefined) {
    const waiting: Redemption = {
      // Of its own event: the request's is not known here to be the one that will come.
      ...{ redemptionId: eventId, customerId, rewardId: '', idempotencyToken, points: 0, taskId, locale },
      ...{ status: 'unasked', reason: outcome, requestedAt: occurredAt, expiresAt: 0, correlationId },
    };
    return { entries: [], redemption: waiting };
  }
  if (redemption.status === 'pending') {
    return outcome === 'completed'
      ? complete(redemption, settled, taskId)
      : fail(state.account, redemption, settled, 'TASK_FAILED', taskId);
  }
  if (redemption.status === 'unasked' || redemption.status === outcome) return nothing;
  // A reward handed out after its points went back, or the other way round: somebody has to look at it.
  return {
    entries: [],
    refusals: [
      refusalOf(
        { ...settled, customerId: redemption.customerId },
        {
          ...{ eventType: 'reward.redemption', type: 'spend', points: redemption.points },
          ...{ reason: 'REDEMPTION_ALREADY_SETTLED', redemptionId: redemption.redemptionId },
        },
      ),
    ],
  };
};

/** Nobody has answered in time. */
export const decideRedemptionTimedOut = (state: DecisionState, timedOut: RedemptionTimedOut): Decision =>
  state.redemption?.status === 'pending' ? fail(state.account, state.redemption, timedOut, 'TIMED_OUT', null) : nothing;

const complete = (redemption: Redemption, cause: Cause, taskId: string | null): Decision => {
  const completed: Redemption = { ...redemption, status: 'completed', taskId };
  return { entries: [], steps: [stepOf(cause, completed)], redemption: completed };
};

const fail = (
  account: Account,
  redemption: Redemption,
  cause: Cause,
  reason: RefusalReason,
  taskId: string | null,
): Decision => {
  const failed: Redemption = { ...redemption, status: 'failed', reason, taskId };
  return { entries: [giveBack(account, failed, cause)], steps: [stepOf(cause, failed)], redemption: failed };
};

/** One redemption fails once, so its return is one entry, named by what fails it. */
const giveBack = (account: Account, redemption: Redemption, cause: Cause): Entry => {
  const { customerId, points, locale, idempotencyToken, redemptionId, rewardId, reason } = redemption;
  return place(account, {
    ...{ eventId: cause.eventId, eventType: 'redemption.returned', customerId, type: 'earn', points },
    ...{ rule: 'redemption returned', locale, occurredAt: cause.occurredAt, correlationId: cause.correlationId },
    ...{ orderId: null, amountMinor: null, idempotencyToken, redemptionId, rewardId, reason, detail: null },
  });
};
