import { createHmac } from 'node:crypto';

/** What Shopify sends with every delivery, beside the body. */
export interface Delivery {
  readonly shopDomain: string;
  /** The secret that signs; never printed. */
  readonly secret: string;
  /** One per delivery, kept across its retries. */
  readonly webhookId: string;
  /** Shared by all deliveries of one thing that happened. */
  readonly eventId: string;
  /** Milliseconds since the epoch. */
  readonly triggeredAt: number;
  readonly body: string;
}

/** base64 of HMAC-SHA256 over the raw body, as in `X-Shopify-Hmac-Sha256`. */
export const signatureOf = (secret: string, body: string): string =>
  createHmac('sha256', secret).update(body).digest('base64');

/** The headers of an `orders/create` delivery, as Shopify sends them. */
export const deliveryHeaders = (delivery: Delivery): Record<string, string> => ({
  'Content-Type': 'application/json',
  'User-Agent': 'Shopify-Captain-Hook',
  'X-Shopify-Topic': 'orders/create',
  'X-Shopify-Hmac-Sha256': signatureOf(delivery.secret, delivery.body),
  'X-Shopify-Shop-Domain': delivery.shopDomain,
  'X-Shopify-API-Version': '2025-10',
  'X-Shopify-Webhook-Id': delivery.webhookId,
  'X-Shopify-Event-Id': delivery.eventId,
  'X-Shopify-Triggered-At': new Date(delivery.triggeredAt).toISOString(),
});
