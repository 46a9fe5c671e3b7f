import {
  type Normalize,
  normalizeCancellation,
  normalizeCompliance,
  normalizeOrder,
  normalizeRefund,
} from './normalize.ts';

/** A webhook topic that is taken, at the path of its name. */
export interface WebhookTopic {
  /** As Shopify names it, lower case, e.g. `orders/create`. */
  readonly name: string;
  /** What happened, as log lines and the audit log name it. */
  readonly eventType: string;
  readonly normalize: Normalize;
}

/** Every topic: all go the same way, and differ in what is read from their bodies. */
export const webhookTopics: readonly WebhookTopic[] = [
  { name: 'orders/create', eventType: 'order.created', normalize: normalizeOrder },
  { name: 'orders/cancelled', eventType: 'order.cancelled', normalize: normalizeCancellation },
  { name: 'refunds/create', eventType: 'order.refunded', normalize: normalizeRefund },
  {
    name: 'customers/data_request',
    eventType: 'customer.data_request',
    normalize: normalizeCompliance('customers/data_request'),
  },
  { name: 'customers/redact', eventType: 'customer.redact', normalize: normalizeCompliance('customers/redact') },
  { name: 'shop/redact', eventType: 'shop.redact', normalize: normalizeCompliance('shop/redact') },
];
