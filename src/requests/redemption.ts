import { type IngestCommand, schemaVersion } from '../contracts/index.ts';
import { type MerchantSettings, negotiateLocale, tokenEventId } from '../domain/index.ts';

/** A redemption as it was asked for, checked. Ids are UUIDs in lower case. */
export interface RedemptionRequest {
  readonly merchantId: string;
  readonly customerId: string;
  readonly rewardId: string;
  readonly idempotencyToken: string;
  /** > 0 */
  readonly points: number;
  /** As the caller has it: not negotiated yet. */
  readonly locale: string;
}

/** When and under which id it came. */
export interface RequestTrace {
  /** Milliseconds since the epoch, UTC. */
  readonly receivedAt: number;
  readonly correlationId: string;
}

/** A redemption as the command that goes onto points.ingest. */
export const redemptionCommand = (
  { merchantId, customerId, rewardId, idempotencyToken, points, locale }: RedemptionRequest,
  { defaultLocale }: Pick<MerchantSettings, 'defaultLocale'>,
  { receivedAt, correlationId }: RequestTrace,
): IngestCommand => ({
  event_id: tokenEventId(merchantId, idempotencyToken),
  merchant_id: merchantId,
  customer_id: customerId,
  correlation_id: correlationId,
  schema_version: schemaVersion,
  occurred_at: receivedAt,
  locale: negotiateLocale(locale, defaultLocale),
  delivery_id: null,
  command: {
    'points.RedemptionRequested': { reward_id: rewardId, idempotency_token: idempotencyToken, points },
  },
});
