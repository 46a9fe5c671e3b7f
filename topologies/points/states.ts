import { nilUuid, type OrderState, type RedemptionState } from '../../src/contracts/index.ts';
import type { OrderHistory, Redemption } from '../../src/domain/index.ts';

/** An order as its store keeps it. */
export const orderStateOf = ({ earned, cancellation, ...order }: OrderHistory): OrderState => ({
  earned_event_id: earned?.eventId ?? null,
  customer_id: earned?.customerId ?? nilUuid,
  points: earned?.points ?? 0,
  taken_back: order.takenBack,
  amount_minor: earned?.amountMinor ?? null,
  refunded_minor: order.refundedMinor,
  rule_points: earned?.rule?.points ?? null,
  rule_per_minor_units: earned?.rule?.perMinorUnits ?? null,
  cancelled_event_id: cancellation?.eventId ?? null,
  cancelled_at: cancellation?.occurredAt ?? null,
  cancelled_correlation_id: cancellation?.correlationId ?? null,
  early_refunds: order.earlyRefunds.map(({ eventId, amountMinor, occurredAt, correlationId }) => ({
    event_id: eventId,
    amount_minor: amountMinor,
    occurred_at: occurredAt,
    correlation_id: correlationId,
  })),
  locale: earned?.locale ?? '',
});

/** An order out of its store. */
export const orderHistoryOf = (state: OrderState): OrderHistory => ({
  earned: earnedOf(state),
  takenBack: state.taken_back,
  refundedMinor: state.refunded_minor,
  cancellation:
    state.cancelled_event_id === null
      ? null
      : {
          eventId: state.cancelled_event_id,
          occurredAt: state.cancelled_at ?? 0,
          correlationId: state.cancelled_correlation_id ?? '',
        },
  earlyRefunds: state.early_refunds.map(({ event_id, amount_minor, occurred_at, correlation_id }) => ({
    eventId: event_id,
    amountMinor: amount_minor,
    occurredAt: occurred_at,
    correlationId: correlation_id,
  })),
});

const earnedOf = (state: OrderState): OrderHistory['earned'] => {
  const { earned_event_id: eventId, customer_id: customerId, points, amount_minor: amountMinor, locale } = state;
  if (eventId === null) return null;
  const { rule_points, rule_per_minor_units } = state;
  const rule =
    rule_points === null || rule_per_minor_units === null
      ? null
      : { points: rule_points, perMinorUnits: rule_per_minor_units };
  return { eventId, customerId, points, amountMinor, rule, locale };
};

/** A redemption as its store keeps it. */
export const redemptionStateOf = (redemption: Redemption): RedemptionState => ({
  redemption_id: redemption.redemptionId,
  customer_id: redemption.customerId,
  reward_id: redemption.rewardId,
  idempotency_token: redemption.idempotencyToken,
  points: redemption.points,
  status: redemption.status,
  reason: redemption.reason,
  task_id: redemption.taskId,
  locale: redemption.locale,
  requested_at: redemption.requestedAt,
  expires_at: redemption.expiresAt,
  correlation_id: redemption.correlationId,
});

/** A redemption out of its store. */
export const redemptionOf = (state: RedemptionState): Redemption => ({
  redemptionId: state.redemption_id,
  customerId: state.customer_id,
  rewardId: state.reward_id,
  idempotencyToken: state.idempotency_token,
  points: state.points,
  status: state.status,
  reason: state.reason,
  taskId: state.task_id,
  locale: state.locale,
  requestedAt: state.requested_at,
  expiresAt: state.expires_at,
  correlationId: state.correlation_id,
});
