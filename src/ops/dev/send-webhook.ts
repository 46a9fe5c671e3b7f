import { DependencyUnavailableError } from '../../common/errors.ts';
import { deliveryHeaders, type Delivery } from './webhook.ts';

/** What the front door said. */
export interface WebhookAnswer {
  readonly status: number;
  /** As it came; the door answers JSON. */
  readonly text: string;
}

/** Shopify waits 5 s for an answer. */
const timeoutMs = 5_000;

/**
 * Delivers one webhook over HTTP as Shopify does.
 * @param http base URL
 * @throws DependencyUnavailableError when there was no answer in time
 */
export const sendWebhook = async (http: string, delivery: Delivery): Promise<WebhookAnswer> => {
  try {
    const response = await fetch(`${http}/orders/create`, {
      method: 'POST',
      headers: deliveryHeaders(delivery),
      body: delivery.body,
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { status: response.status, text: await response.text() };
  } catch (cause) {
    throw new DependencyUnavailableError('The front door', { cause, facts: { http } });
  }
};
