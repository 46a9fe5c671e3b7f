import type { IngestCommand } from '../../src/contracts/index.ts';
import {
  complianceEventId,
  orderCancelEventId,
  orderEarnEventId,
  orderRefundEventId,
  settlementEventId,
  tokenEventId,
} from '../../src/domain/index.ts';
import { ann, noon, usd } from './points-rig.ts';

const nobody = '00000000-0000-0000-0000-000000000000';

interface Common {
  readonly merchant?: string;
  readonly customer?: string;
  readonly occurredAt?: number;
}

/** A token that reads well: `tokenOf(7)`. */
export const tokenOf = (number: number): string => `70000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

export const rewardOf = (number: number): string => `80000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

export const taskOf = (number: number): string => `90000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

const ingested = (
  { merchant = usd, customer = ann, occurredAt = noon }: Common,
  eventId: string,
  correlation: string,
  command: IngestCommand['command'],
): IngestCommand => ({
  event_id: eventId,
  merchant_id: merchant,
  customer_id: customer,
  correlation_id: correlation,
  schema_version: '1.0.0',
  occurred_at: occurredAt,
  locale: 'en',
  delivery_id: null,
  command,
});

export const cancelled = ({ order, ...common }: Common & { readonly order: string }): IngestCommand =>
  ingested(common, orderCancelEventId(common.merchant ?? usd, order), `cancel-${order}`, {
    'points.OrderCancelled': { order_id: order },
  });

export const refunded = ({
  order,
  refund = '1',
  amountMinor,
  currency = 'USD',
  ...common
}: Common & {
  readonly order: string;
  readonly refund?: string;
  readonly amountMinor: number;
  readonly currency?: string;
}): IngestCommand =>
  ingested(
    { ...common, customer: nobody },
    orderRefundEventId(common.merchant ?? usd, order, refund),
    `refund-${order}-${refund}`,
    { 'points.OrderRefunded': { order_id: order, refund_id: refund, amount_minor: amountMinor, currency } },
  );

export const atTill = ({
  type,
  points,
  token,
  order = null,
  amountMinor = null,
  currency = null,
  ...common
}: Common & {
  readonly type: 'earn' | 'spend';
  readonly points: number;
  readonly token: string;
  readonly order?: string | null;
  readonly amountMinor?: number | null;
  readonly currency?: string | null;
}): IngestCommand => {
  const merchant = common.merchant ?? usd;
  const eventId = type === 'earn' && order !== null ? orderEarnEventId(merchant, order) : tokenEventId(merchant, token);
  return ingested(common, eventId, `till-${token}`, {
    'points.PosTransaction': {
      ...{ type, points, idempotency_token: token, order_id: order, amount_minor: amountMinor, currency },
    },
  });
};

export const redemption = ({
  points,
  token,
  reward = rewardOf(1),
  ...common
}: Common & { readonly points: number; readonly token: string; readonly reward?: string }): IngestCommand =>
  ingested(common, tokenEventId(common.merchant ?? usd, token), `redeem-${token}`, {
    'points.RedemptionRequested': { reward_id: reward, idempotency_token: token, points },
  });

export const settled = ({
  outcome,
  token,
  task = taskOf(1),
  ...common
}: Common & {
  readonly outcome: 'completed' | 'failed';
  readonly token: string;
  readonly task?: string | null;
}): IngestCommand =>
  ingested(common, settlementEventId(common.merchant ?? usd, token, outcome), `redeem-${token}`, {
    'points.RedemptionSettled': { outcome, idempotency_token: token, task_id: task },
  });

export const tiered = ({
  tier,
  event,
  ...common
}: Common & { readonly tier: string; readonly event: string }): IngestCommand =>
  ingested(common, event, `tier-${event}`, { 'points.TierAssigned': { tier_id: tier } });

export const demanded = ({
  request,
  orders = [],
  webhook = 'webhook-1',
  ...common
}: Common & {
  readonly request: 'customer_data_request' | 'customer_redact' | 'shop_redact';
  readonly orders?: readonly string[];
  readonly webhook?: string;
}): IngestCommand =>
  ingested(common, complianceEventId(common.merchant ?? usd, request, webhook), `law-${webhook}`, {
    'points.ComplianceRequested': { request, order_ids: orders },
  });
