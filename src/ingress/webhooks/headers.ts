import type { IncomingHttpHeaders } from 'node:http';

/**
 * What of a webhook's headers is used. None of them is signed: the shop named must own the secret that signed the body,
 * and the rest is for routing and tracing only.
 */
export interface DeliveryHeaders {
  /** Lower case; null where it is absent or no host name. */
  readonly shopDomain: string | null;
  /** As it came. */
  readonly signature: string | null;
  /** Lower case. */
  readonly topic: string | null;
  /** One per delivery, the same for its retries; null where it is absent or unfit to be stored. */
  readonly deliveryId: string | null;
  /** The sender's, null where it is absent or unfit to be stored. */
  readonly correlationId: string | null;
  readonly contentEncoding: string | null;
}

/** What ids are made of: neither an e-mail address nor a telephone number with its plus fits. */
const idShape = /^[\w.:/-]{1,128}$/;
const hostName = /^(?=.{1,253}$)[a-z0-9-]+(?:\.[a-z0-9-]+)*$/;

const fitting = (value: string | null | undefined, form: RegExp): string | null =>
  typeof value === 'string' && form.test(value) ? value : null;

/** Shopify sends `X-Shopify-…`, and `Shopify-…` for events; a delivery may carry both. */
const shopifyHeader = (headers: IncomingHttpHeaders, name: string): string | null => {
  const value = headers[`x-shopify-${name}`] ?? headers[`shopify-${name}`];
  return typeof value === 'string' ? value : null;
};

/** @param headers with lower-case names, as Node gives them */
export const readDeliveryHeaders = (headers: IncomingHttpHeaders): DeliveryHeaders => {
  const correlationId = headers['x-correlation-id'];
  return {
    shopDomain: fitting(shopifyHeader(headers, 'shop-domain')?.toLowerCase(), hostName),
    signature: shopifyHeader(headers, 'hmac-sha256'),
    topic: shopifyHeader(headers, 'topic')?.toLowerCase() ?? null,
    deliveryId: fitting(shopifyHeader(headers, 'webhook-id'), idShape),
    correlationId: fitting(typeof correlationId === 'string' ? correlationId : null, idShape),
    contentEncoding: headers['content-encoding'] ?? null,
  };
};
