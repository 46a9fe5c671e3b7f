import type { IngestCommand } from '../../src/contracts/index.ts';
import { type Command, RejectedCommandError } from '../../src/domain/index.ts';

/** Whether a shop's webhook brought it: these come that way, however often. */
export const isFromWebhook = ({ command }: IngestCommand): boolean =>
  'points.OrderCreated' in command ||
  'points.OrderCancelled' in command ||
  'points.OrderRefunded' in command ||
  'points.ComplianceRequested' in command;

/**
 * The domain's command of an ingested record: each branch of the union that moves points has its line.
 * @throws RejectedCommandError COMMAND_UNKNOWN for one that this version has no rule for
 */
export function commandOf(ingested: IngestCommand): Command {
  const { event_id, customer_id, occurred_at, locale, correlation_id, command } = ingested;
  const base = {
    eventId: event_id,
    customerId: customer_id,
    occurredAt: occurred_at,
    locale,
    correlationId: correlation_id,
  };
  const created = command['points.OrderCreated'];
  if (created !== undefined) {
    const { order_id: orderId, amount_minor: amountMinor, currency } = created;
    return { kind: 'OrderCreated', ...base, orderId, amountMinor, currency };
  }
  const cancelled = command['points.OrderCancelled'];
  if (cancelled !== undefined) return { kind: 'OrderCancelled', ...base, orderId: cancelled.order_id };
  const refunded = command['points.OrderRefunded'];
  if (refunded !== undefined) {
    const { order_id: orderId, amount_minor: amountMinor, currency } = refunded;
    return { kind: 'OrderRefunded', ...base, orderId, amountMinor, currency };
  }
  const till = command['points.PosTransaction'];
  if (till !== undefined) {
    const { type, points, idempotency_token: idempotencyToken, currency } = till;
    const { order_id: orderId, amount_minor: amountMinor } = till;
    return { kind: 'PosTransaction', ...base, type, points, idempotencyToken, orderId, amountMinor, currency };
  }
  const requested = command['points.RedemptionRequested'];
  if (requested !== undefined) {
    const { reward_id: rewardId, idempotency_token: idempotencyToken, points } = requested;
    return { kind: 'RedemptionRequested', ...base, rewardId, idempotencyToken, points };
  }
  const settled = command['points.RedemptionSettled'];
  if (settled !== undefined) {
    const { outcome, idempotency_token: idempotencyToken, task_id: taskId } = settled;
    return { kind: 'RedemptionSettled', ...base, outcome, idempotencyToken, taskId };
  }
  const tier = command['points.TierAssigned'];
  if (tier !== undefined) return { kind: 'TierAssigned', ...base, tierId: tier.tier_id };
  throw new RejectedCommandError('COMMAND_UNKNOWN', 'There is no rule for this command');
}
