import { randomUUID } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createBalanceCache } from '../../src/adapters/redis/index.ts';
import { nilUuid } from '../../src/contracts/index.ts';
import { complianceEventId, customerIdOf } from '../../src/domain/index.ts';
import { auditEntries, auditEntry } from '../support/audit-entries.ts';
import { redisConnection } from '../support/redis-connection.ts';
import { sharedServers } from '../support/servers.ts';
import { shopOrder, startServiceInProcess } from '../support/service-in-process.ts';
import { until } from '../support/until.ts';

describe('what the law demands', () => {
  test('is taken at the door, carried out on what is held, and once done, known again', async () => {
    const service = await startServiceInProcess();
    const { merchantId, shopDomain, post, ordersOf, entriesOf, isDone, metric, connection } = service;
    const [ann, bob] = [customerIdOf(merchantId, '71'), customerIdOf(merchantId, '72')];
    for (const [id, customer] of [
      [501, 71],
      [502, 72],
      [503, 71],
    ] as const) {
      expect(await post('orders/create', shopOrder(id, customer))).toBe(200);
    }
    const all = async () => [...(await ordersOf(ann)), ...(await ordersOf(bob))];
    await until('the orders are in the ledger', async () => (await all()).length === 3, 30_000);
    const cache = createBalanceCache({
      connection: await redisConnection(sharedServers().redis.cache, onTestFinished, { commandTimeoutMs: 10_000 }),
    });
    await until('a balance is in the cache', async () => (await cache.get(merchantId, bob)) !== undefined, 30_000);

    const customer = { id: 71, email: 'ann@example.com', phone: null };
    const shop = { shop_id: 1, shop_domain: shopDomain };
    const data = { ...shop, customer, orders_requested: [501], data_request: { id: 1 } };
    const requests = [
      ['customers/data_request', data, randomUUID()],
      ['customers/redact', { ...shop, customer, orders_to_redact: [501] }, randomUUID()],
    ] as const;
    for (const [topic, body, webhookId] of requests) {
      expect(await post(topic, body, webhookId)).toBe(200);
      const eventId = complianceEventId(merchantId, topic, webhookId);
      await until(`${topic} is carried out`, () => isDone(eventId), 30_000);
    }
    expect(await all()).toEqual([undefined, undefined, '502']);
    expect((await entriesOf(ann)).map(({ balance_after }) => balance_after as number)).toEqual([25, 50]);
    for (const request of ['customer.data_request', 'customer.redact']) {
      expect(await metric(`points_compliance_total{request="${request}"}`)).toBeGreaterThan(0);
    }

    const webhookId = randomUUID();
    expect(await post('shop/redact', shop, webhookId)).toBe(200);
    const shopRedact = complianceEventId(merchantId, 'shop/redact', webhookId);
    await until('the shop is done', () => isDone(shopRedact), 30_000);
    expect(await all()).toEqual([undefined, undefined, undefined]);
    expect(await connection.database.collection('merchants').countDocuments()).toBe(0);
    expect(await cache.get(merchantId, bob)).toBeUndefined();
    const isShut = async () => (await post('orders/create', shopOrder(504, 71))) === 401;
    await until('the shop’s webhooks are turned away', isShut, 10_000);
  });

  test('is done to what came before it, not to what comes later, also when all of it is read again', async () => {
    const { merchantId, record, ordersOf, isDone } = await startServiceInProcess();
    const entries = auditEntries(2_000, { merchant_id: merchantId });
    const { customer_id: customerId } = entries[0]!;
    const redact = auditEntry({
      ...{ merchant_id: merchantId, customer_id: customerId, kind: 'action', event_type: 'customer.redact' },
      ...{ actor: 'shopify', order_id: null, sequence: 2_000, balance_after: 20_000 },
    });
    await record([...entries, redact]);
    await until('it is carried out', () => isDone(redact.event_id), 30_000);
    expect(new Set(await ordersOf(customerId))).toEqual(new Set([undefined]));

    const later = auditEntry({
      ...{ merchant_id: merchantId, customer_id: customerId, points: 10, description: 'You earned 10 points' },
      ...{ sequence: 2_001, balance_after: 20_010, order_id: '700' },
    });
    // The entries once more, as a projection reads them that begins anew.
    const last = auditEntry({ ...redact, event_id: randomUUID(), customer_id: nilUuid });
    await record([later, ...entries, last]);
    await until('it is read again', () => isDone(last.event_id), 30_000);
    const orders = await ordersOf(customerId);
    expect(orders).toHaveLength(2_001);
    expect(orders.filter((order_id) => order_id !== undefined)).toEqual(['700']);
  });
});
