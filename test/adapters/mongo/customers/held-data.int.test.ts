import { randomUUID } from 'node:crypto';
import { UUID } from 'mongodb';
import { beforeAll, afterAll, describe, expect, test } from 'vitest';
import { createHeldData, createLedgerStore, type MongoConnection } from '../../../../src/adapters/mongo/index.ts';
import { silentLogger } from '../../../../src/common/logger.ts';
import type { AuditEntry } from '../../../../src/contracts/index.ts';
import type { DataSubject, HeldEntry } from '../../../../src/sinks/ports.ts';
import { auditEntries } from '../../../support/audit-entries.ts';
import { preparedDatabase } from '../../../support/mongo-database.ts';
import { sharedServers } from '../../../support/servers.ts';

let connection: MongoConnection;

beforeAll(async () => {
  connection = await preparedDatabase(sharedServers().mongo, afterAll);
});

const write = (entries: readonly AuditEntry[]) =>
  createLedgerStore({ connection, clock: { now: () => 0 }, logger: silentLogger }).append(entries);

const pagesOf = async (subject: DataSubject): Promise<readonly (readonly HeldEntry[])[]> => {
  const pages: (readonly HeldEntry[])[] = [];
  for await (const page of createHeldData(connection).entriesOf(subject)) pages.push(page);
  return pages;
};

const documents = (merchantId: string) =>
  connection.database
    .collection('points_transactions')
    .find({ merchant_id: new UUID(merchantId) })
    .sort({ sequence: 1 })
    .toArray();

const merchantDocument = (merchantId: string) => ({
  merchant_id: new UUID(merchantId),
  shop_domain: `${merchantId}.myshopify.com`,
  webhook_secrets: ['secret'],
  currency: 'USD',
  earning_rule: { points: 1, per_minor_units: 100 },
});

describe('what MongoDB holds of a customer', () => {
  test('comes in pages of 1,000 in order, each entry once, and of nobody else', async () => {
    const entries = auditEntries(2_300);
    const { merchant_id: merchantId, customer_id: customerId } = entries[0]!;
    await write(entries);
    await write(auditEntries(3, { merchant_id: merchantId }));
    const pages = await pagesOf({ merchantId, customerId });
    expect(pages.map(({ length }) => length)).toEqual([1_000, 1_000, 300]);
    expect(pages.flat()).toEqual(entries.map(({ event_id: eventId }) => ({ customerId, eventId, hasOrder: true })));
    const all = (await pagesOf({ merchantId, customerId: null })).flat();
    expect(new Set(all.map(({ eventId }) => eventId)).size).toBe(2_303);
    expect(all).toHaveLength(2_303);
  });

  test('is nothing for ids that are none, and for strangers', async () => {
    expect(await pagesOf({ merchantId: 'jane', customerId: null })).toEqual([]);
    expect(await pagesOf({ merchantId: randomUUID(), customerId: 'jane' })).toEqual([]);
    expect(await pagesOf({ merchantId: randomUUID(), customerId: randomUUID() })).toEqual([]);
  });

  test('loses the orders, keeps the points, and does not get the orders back from a repeat of the entries', async () => {
    const entries = auditEntries(3);
    const { merchant_id: merchantId, customer_id: customerId } = entries[0]!;
    await write(entries);
    const before = await documents(merchantId);
    const data = createHeldData(connection);
    const [first, second] = entries.map(({ event_id }) => event_id);
    await data.forgetOrders(merchantId, [first!, second!]);
    await data.forgetOrders(merchantId, [first!, second!]);
    expect(await write(entries)).toEqual([]);

    const after = await documents(merchantId);
    expect(after.map((document) => 'order_id' in document)).toEqual([false, false, true]);
    expect(after).toEqual(
      before.map(({ order_id, ...document }, index) => (index === 2 ? { ...document, order_id } : document)),
    );
    expect((await pagesOf({ merchantId, customerId })).flat().map(({ hasOrder }) => hasOrder)).toEqual([
      ...[false, false, true],
    ]);
  });

  test('is not touched for another merchant with the same event', async () => {
    const [entry] = auditEntries(1);
    const other = { ...entry!, merchant_id: randomUUID() };
    await write([entry!, other]);
    await createHeldData(connection).forgetOrders(entry!.merchant_id, [entry!.event_id]);
    expect((await documents(other.merchant_id)).map(({ order_id }) => order_id)).toEqual([other.order_id]);
  });

  test('no longer waits to be sent, of one customer or of all', async () => {
    const waiting = connection.database.collection('pos_offline_queue');
    const [merchantId, customerId, other] = [randomUUID(), randomUUID(), randomUUID()];
    const command = (customer: string) => ({ merchant_id: new UUID(merchantId), customer_id: new UUID(customer) });
    const options = { bypassDocumentValidation: true };
    await waiting.insertMany(
      [command(customerId), command(other), command(other)].map((one, arrival) => ({
        ...one,
        ...{ arrival, idempotency_token: new UUID() },
      })),
      options,
    );
    const count = () => waiting.countDocuments({ merchant_id: new UUID(merchantId) });
    const data = createHeldData(connection);
    await data.dropWaiting({ merchantId: randomUUID(), customerId: null });
    await data.dropWaiting({ merchantId, customerId });
    expect(await count()).toBe(2);
    await data.dropWaiting({ merchantId, customerId: null });
    expect(await count()).toBe(0);
  });
});

describe('a merchant', () => {
  test.each([
    ['that does not say since when it is', {}, 0],
    ['that was settled before the request', { created_at: new Date(999) }, 0],
    ['that has come back since', { created_at: new Date(1_001) }, 1],
  ])('%s is removed or left accordingly', async (_what, created, left) => {
    const [merchantId, neighbour] = [randomUUID(), randomUUID()];
    const merchants = connection.database.collection('merchants');
    await merchants.insertMany([{ ...merchantDocument(merchantId), ...created }, merchantDocument(neighbour)]);
    const data = createHeldData(connection);
    await data.removeMerchant(merchantId, 1_000);
    await data.removeMerchant(merchantId, 1_000);
    expect(await merchants.countDocuments({ merchant_id: new UUID(merchantId) })).toBe(left);
    expect(await merchants.countDocuments({ merchant_id: new UUID(neighbour) })).toBe(1);
  });
});
