import { type IngestCommand, nilUuid, schemaVersion } from '../../contracts/index.ts';
import {
  complianceEventId,
  customerIdOf,
  type MerchantSettings,
  negotiateLocale,
  orderCancelEventId,
  orderEarnEventId,
  orderRefundEventId,
} from '../../domain/index.ts';
import { type ComplianceTopic, readCompliance } from './compliance.ts';
import { type IgnoredReason, readCancellation, readOrder } from './order.ts';
import type { KnownAmount } from '../ports.ts';
import { DeliveryRefusedError } from '../problem.ts';
import { readRefund } from './refund.ts';

/** A delivery whose signature is known to be its shop's. */
export interface SignedDelivery {
  readonly rawBody: Buffer;
  /** Whose secret has signed it. */
  readonly merchant: Pick<MerchantSettings, 'merchantId' | 'shopDomain' | 'currency' | 'defaultLocale'>;
  /** Whether other shops sign with the same secret, so that the body has to tell whose it is. */
  readonly sharesSecret: boolean;
  readonly deliveryId: string | null;
  readonly correlationId: string;
  /** Milliseconds since the epoch, UTC. */
  readonly receivedAt: number;
}

/** The command that goes onto points.ingest, ids made ours and language negotiated; or why there is none. */
export type Normalized =
  | { readonly command: IngestCommand; readonly known?: KnownAmount }
  | { readonly ignored: IgnoredReason };

/** @throws DeliveryRefusedError when the body is not one of its topic */
export type Normalize = (delivery: SignedDelivery) => Normalized;

type Happening = Pick<IngestCommand, 'event_id' | 'customer_id' | 'occurred_at' | 'command'> & {
  /** As the shop sent it. */
  readonly customerLocale: string | null;
};

const commandOf = (
  { merchant, deliveryId, correlationId }: SignedDelivery,
  { customerLocale, ...happening }: Happening,
): { readonly command: IngestCommand } => ({
  command: {
    ...happening,
    merchant_id: merchant.merchantId,
    correlation_id: correlationId,
    schema_version: schemaVersion,
    locale: negotiateLocale(customerLocale, merchant.defaultLocale),
    delivery_id: deliveryId,
  },
});

export const normalizeOrder: Normalize = (delivery) => {
  const { merchant, sharesSecret } = delivery;
  const reading = readOrder(delivery.rawBody, sharesSecret ? merchant.shopDomain : null);
  if ('ignored' in reading) return reading;
  const { order } = reading;
  const { merchantId } = merchant;
  return commandOf(delivery, {
    event_id: orderEarnEventId(merchantId, order.orderId),
    customer_id: customerIdOf(merchantId, order.customerId),
    occurred_at: order.occurredAt,
    customerLocale: order.customerLocale,
    command: {
      'points.OrderCreated': {
        order_id: order.orderId,
        amount_minor: order.amountMinor,
        currency: order.currency,
        financial_status: order.financialStatus,
        source_name: order.sourceName,
      },
    },
  });
};

export const normalizeCancellation: Normalize = (delivery) => {
  const reading = readCancellation(delivery.rawBody);
  if ('ignored' in reading) return reading;
  const { orderId, customerId, amountMinor, occurredAt, customerLocale } = reading.cancellation;
  const { merchantId } = delivery.merchant;
  const normalized = commandOf(delivery, {
    event_id: orderCancelEventId(merchantId, orderId),
    customer_id: customerIdOf(merchantId, customerId),
    occurred_at: occurredAt,
    customerLocale,
    command: { 'points.OrderCancelled': { order_id: orderId } },
  });
  return { ...normalized, known: { amountMinor } };
};

export const normalizeRefund: Normalize = (delivery) => {
  const { merchantId, currency: shopCurrency } = delivery.merchant;
  const reading = readRefund(delivery.rawBody, shopCurrency);
  if ('ignored' in reading) return reading;
  const { refundId, orderId, amountMinor, currency, occurredAt } = reading.refund;
  return commandOf(delivery, {
    event_id: orderRefundEventId(merchantId, orderId, refundId),
    // Its sender does not say whose it is; the order will.
    customer_id: nilUuid,
    occurred_at: occurredAt,
    customerLocale: null,
    command: {
      'points.OrderRefunded': { order_id: orderId, refund_id: refundId, amount_minor: amountMinor, currency },
    },
  });
};

const requests = {
  'customers/data_request': 'customer_data_request',
  'customers/redact': 'customer_redact',
  'shop/redact': 'shop_redact',
} as const satisfies Readonly<Record<ComplianceTopic, string>>;

/** Such a request has no id of its own, so that it is told from others by its delivery. */
export const normalizeCompliance =
  (topic: ComplianceTopic): Normalize =>
  (delivery) => {
    const { merchantId, shopDomain } = delivery.merchant;
    const reading = readCompliance(delivery.rawBody, topic, shopDomain);
    if ('ignored' in reading) return reading;
    if (delivery.deliveryId === null) throw new DeliveryRefusedError('delivery_id_missing');
    const { customerId, orderIds } = reading.request;
    return commandOf(delivery, {
      event_id: complianceEventId(merchantId, topic, delivery.deliveryId),
      customer_id: customerId === null ? nilUuid : customerIdOf(merchantId, customerId),
      // The body tells no time, and the header's is not signed.
      occurred_at: delivery.receivedAt,
      customerLocale: null,
      command: { 'points.ComplianceRequested': { request: requests[topic], order_ids: [...orderIds] } },
    });
  };
