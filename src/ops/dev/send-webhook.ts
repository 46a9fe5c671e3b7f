import { type HttpAnswer, httpRequest } from '../../common/http-request.ts';
import { deliveryHeaders, type Delivery } from './webhook.ts';

/** Shopify waits 5 s for an answer. */
const timeoutMs = 5_000;

/**
 * Delivers one webhook over HTTP as Shopify does.
 * @param http base URL
 * @throws DependencyUnavailableError when there was no answer in time
 */
export const sendWebhook = (http: string, delivery: Delivery): Promise<HttpAnswer> =>
  httpRequest(`${http}/orders/create`, {
    method: 'POST',
    headers: deliveryHeaders(delivery),
    body: delivery.body,
    timeoutMs,
  });
