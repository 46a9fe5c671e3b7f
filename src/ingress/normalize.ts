import { type IngestCommand, schemaVersion } from '../contracts/index.ts';
import { customerIdOf, type MerchantSettings, negotiateLocale, orderEarnEventId } from '../domain/index.ts';
import type { ShopifyOrder } from './order.ts';

/** How an order came to us, for tracing. */
export interface DeliveryIds {
  readonly deliveryId: string | null;
  readonly correlationId: string;
}

/** An order of a merchant as the command that goes onto points.ingest: ids made ours, language negotiated. */
export const toIngestCommand = (
  order: ShopifyOrder,
  merchant: Pick<MerchantSettings, 'merchantId' | 'defaultLocale'>,
  delivery: DeliveryIds,
): IngestCommand => ({
  event_id: orderEarnEventId(merchant.merchantId, order.orderId),
  merchant_id: merchant.merchantId,
  customer_id: customerIdOf(merchant.merchantId, order.customerId),
  correlation_id: delivery.correlationId,
  schema_version: schemaVersion,
  occurred_at: order.occurredAt,
  locale: negotiateLocale(order.customerLocale, merchant.defaultLocale),
  delivery_id: delivery.deliveryId,
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
