import {
  type AuditEntry,
  type PointsBalance,
  type PointsEarned,
  type RewardRedemption,
  schemaVersion,
} from '../../src/contracts/index.ts';

/** What gives points for something new: what comes back is not told as earned once more. */
const earning: ReadonlySet<string> = new Set(['order.created', 'pos.transaction', 'vip_tier.assigned']);

/** What downstream analytics are told; nothing for what gives no points by its type. */
export function pointsEarnedOf(audit: AuditEntry): readonly PointsEarned[] {
  const { kind, type, event_type, reason } = audit;
  if (kind !== 'ledger' || (type !== 'earn' && type !== 'bonus') || reason !== null || !earning.has(event_type)) {
    return [];
  }
  return [
    {
      event_id: audit.event_id,
      customer_id: audit.customer_id,
      merchant_id: audit.merchant_id,
      points: audit.points,
      type,
      locale: audit.locale,
      description: audit.description,
      schema_version: schemaVersion,
      created_at: audit.created_at,
      correlation_id: audit.correlation_id,
    },
  ];
}

/** What Event Tracking is told: a reward to hand out, its points are debited. */
export function rewardRedemptionOf(audit: AuditEntry): readonly RewardRedemption[] {
  const { kind, status, redemption_id, reward_id, idempotency_token } = audit;
  if (kind !== 'redemption' || status !== 'pending') return [];
  return [
    {
      event_id: redemption_id ?? audit.event_id,
      customer_id: audit.customer_id,
      merchant_id: audit.merchant_id,
      reward_id: reward_id ?? '',
      idempotency_token: idempotency_token ?? '',
      points: audit.points,
      task_id: null,
      locale: audit.locale,
      schema_version: schemaVersion,
      created_at: audit.created_at,
      correlation_id: audit.correlation_id,
    },
  ];
}

/** The balance that an entry leaves behind. */
export const pointsBalanceOf = (audit: AuditEntry): readonly PointsBalance[] =>
  audit.kind === 'ledger'
    ? [
        {
          merchant_id: audit.merchant_id,
          customer_id: audit.customer_id,
          balance: audit.balance_after,
          sequence: audit.sequence,
          schema_version: schemaVersion,
          updated_at: audit.created_at,
          correlation_id: audit.correlation_id,
        },
      ]
    : [];
