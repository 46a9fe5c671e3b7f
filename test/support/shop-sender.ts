import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { deliveryHeaders } from '../../src/ops/dev/webhook.ts';
import type { GeneratedDelivery } from './order-generator.ts';

export interface SendOptions {
  /** Base URL of the front door. */
  readonly http: string;
  readonly deliveries: readonly GeneratedDelivery[];
  /** Deliveries under way at once, each on a connection that is kept. */
  readonly concurrency: number;
  /** Held before each delivery, so that a test can make the flow wait for what it does to the service. */
  readonly gate: (sent: number) => Promise<void>;
  /** Told of each 200, with the delivery's place in the list. */
  readonly acknowledged: (delivery: GeneratedDelivery, index: number) => void;
  /** A delivery that is not answered 200 for so long ends the run. */
  readonly giveUpAfterMs: number;
}

export interface SendResult {
  /** Answers that were not 200, and requests without an answer; each was sent again. */
  readonly retries: number;
  /** From the request to the 200, in milliseconds, sorted. */
  readonly latenciesMs: readonly number[];
}

/** Shopify waits 5 s. */
const answerWithinMs = 5_000;

const post = (http: string, delivery: GeneratedDelivery, agent: Agent): Promise<number> =>
  new Promise((resolve, reject) => {
    const headers = deliveryHeaders({
      shopDomain: delivery.merchant.shopDomain,
      secret: delivery.merchant.secret,
      webhookId: delivery.webhookId,
      eventId: delivery.shopifyEventId,
      triggeredAt: 0,
      body: delivery.body,
    });
    const outgoing = request(
      `${http}/orders/create`,
      { method: 'POST', agent, headers: { ...headers, 'Content-Length': Buffer.byteLength(delivery.body) } },
      (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
        response.on('error', reject);
      },
    );
    outgoing.setTimeout(answerWithinMs, () => outgoing.destroy(new Error('No answer in time')));
    outgoing.on('error', reject);
    outgoing.end(delivery.body);
  });

/**
 * Delivers all webhooks as Shopify does: whatever is not answered 200 comes again with the same webhook id and body.
 * Shopify waits minutes before it tries again; here it is a part of a second, or the test would last hours.
 */
export const sendAll = async (options: SendOptions): Promise<SendResult> => {
  const agent = new Agent({ keepAlive: true, maxSockets: options.concurrency });
  const latenciesMs: number[] = [];
  let retries = 0;
  let next = 0;

  const deliver = async (delivery: GeneratedDelivery, index: number): Promise<void> => {
    const since = performance.now();
    for (;;) {
      const sentAt = performance.now();
      let outcome: unknown;
      try {
        outcome = await post(options.http, delivery, agent);
      } catch (error) {
        outcome = error;
      }
      if (outcome === 200) {
        latenciesMs.push(performance.now() - sentAt);
        options.acknowledged(delivery, index);
        return;
      }
      retries += 1;
      if (performance.now() - since > options.giveUpAfterMs) {
        throw new Error(`Delivery ${index} was never answered 200; the last answer was ${String(outcome)}`);
      }
      await sleep(200);
    }
  };

  const worker = async (): Promise<void> => {
    for (let index = next++; index < options.deliveries.length; index = next++) {
      await options.gate(index);
      await deliver(options.deliveries[index]!, index);
    }
  };
  try {
    await Promise.all(Array.from({ length: options.concurrency }, worker));
  } finally {
    agent.destroy();
  }
  return { retries, latenciesMs: latenciesMs.sort((one, other) => one - other) };
};
