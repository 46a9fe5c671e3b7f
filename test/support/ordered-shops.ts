import { sendWebhook } from '../../src/ops/dev/send-webhook.ts';
import { toError } from '../../src/common/errors.ts';
import type { GeneratedDelivery } from './order-generator.ts';

/** What one shop has sent. */
export interface ShopLog {
  readonly merchantId: string;
  /** Event ids in the order they were answered 200; each was sent only after the one before. */
  readonly acknowledged: string[];
  /** Answers by what they say: `accepted`, `buffered`, a status, `none`. */
  readonly answers: Map<string, number>;
}

/**
 * A shop that sends one webhook after the other, each until it is answered 200: so the order of its happenings is known.
 * @param http base URL of the instance it talks to
 */
export const runShop = async (
  http: string,
  deliveries: readonly GeneratedDelivery[],
  log: ShopLog,
  stopping: AbortSignal,
): Promise<void> => {
  const count = (answer: string): void => void log.answers.set(answer, (log.answers.get(answer) ?? 0) + 1);
  for (const { merchant, webhookId, shopifyEventId: eventId, body, expected } of deliveries) {
    const { shopDomain, secret } = merchant;
    for (let isTaken = false; !isTaken; ) {
      if (stopping.aborted) return;
      try {
        const { status, text } = await sendWebhook(http, {
          ...{ shopDomain, secret, webhookId, eventId, triggeredAt: 0, body },
        });
        isTaken = status === 200;
        count(isTaken ? (JSON.parse(text) as { readonly status: string }).status : String(status));
      } catch (error) {
        count(toError(error).name);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    log.acknowledged.push(expected.eventId);
  }
  throw new Error(`A shop has run out of its ${deliveries.length} orders`);
};
