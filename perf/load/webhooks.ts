import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { type DevFile, type DevMerchant } from '../../src/ops/dev/dev-file.ts';
import { orderBody } from '../../src/ops/dev/order-body.ts';
import { deliveryHeaders } from '../../src/ops/dev/webhook.ts';

/** Delivers orders nobody has sent before, signed, over connections that are kept; rejects on any answer but 200. */
export function webhookSender(dev: DevFile): (index: number) => Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const firstOrderId = BigInt(Date.now()) * 1_000_000n;
  return (index) => {
    const merchant = dev.merchants[index % dev.merchants.length];
    if (merchant === undefined) return Promise.reject(new Error('There is no merchant to send for'));
    const body = bodyOf(merchant, firstOrderId + BigInt(index), index);
    const headers = deliveryHeaders({
      ...{ shopDomain: merchant.shop_domain, secret: merchant.webhook_secrets[0] ?? '', body },
      ...{ webhookId: randomUUID(), eventId: randomUUID(), triggeredAt: Date.now() },
    });
    return exchange(agent, 'POST', `${dev.http}/orders/create`, headers, body);
  };
}

/** The least any request on this server costs: an unknown path, answered without a look at anything. */
export function httpFloor(dev: DevFile): (index: number) => Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  return () => exchange(agent, 'GET', `${dev.http}/nothing-here`, {}, null, 404);
}

const bodyOf = (merchant: DevMerchant, orderId: bigint, index: number): string =>
  orderBody({
    ...{ orderId: String(orderId), orderNumber: 1_000 + index, customerLocale: ['en', 'ar', 'he'][index % 3] ?? 'en' },
    customer: { id: String(7_000_000_000_000 + (index % 500)), firstName: 'Load', lastName: 'Customer' },
    ...{ currency: merchant.currency, decimals: merchant.currency === 'JPY' ? 0 : 2 },
    ...{ subtotalMinor: 1_000 + (index % 9_000), placedAt: Date.now() },
  });

function exchange(
  agent: Agent,
  method: string,
  url: string,
  headers: Record<string, string>,
  body: string | null,
  expected = 200,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const call = request(url, { agent, method, headers, timeout: 5_000 }, (response) => {
      response.resume();
      response.on('end', () => {
        if (response.statusCode === expected) resolve();
        else reject(new Error(`HTTP ${String(response.statusCode)}`));
      });
    });
    call.on('timeout', () => call.destroy(new Error('No answer within 5 s')));
    call.on('error', reject);
    call.end(body ?? undefined);
  });
}
