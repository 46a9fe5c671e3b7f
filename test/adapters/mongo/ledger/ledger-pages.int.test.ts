import { UUID } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLedgerPages, createLedgerStore, type MongoConnection } from '../../../../src/adapters/mongo/index.ts';
import { pageRead } from '../../../../src/adapters/mongo/ledger/ledger-pages.ts';
import { createTransactionLister } from '../../../../src/balances/index.ts';
import { silentLogger } from '../../../../src/common/logger.ts';
import { auditEntries, auditEntry } from '../../../support/audit-entries.ts';
import { preparedDatabase } from '../../../support/mongo-database.ts';
import { sharedServers } from '../../../support/servers.ts';

let connection: MongoConnection;
const entries = auditEntries(505);
const { merchant_id: merchantId, customer_id: customerId } = entries[0]!;

const append = async (some: typeof entries): Promise<void> => {
  await createLedgerStore({ connection, clock: { now: () => 0 }, logger: silentLogger }).append(some);
};

beforeAll(async () => {
  connection = await preparedDatabase(sharedServers().mongo, afterAll);
  await append(entries.slice(0, 500));
  // Others who must not be seen: the same customer id elsewhere, another customer here.
  await append(auditEntries(3, { customer_id: customerId }));
  await append(auditEntries(3, { merchant_id: merchantId }));
});

const sequences = (some: readonly { readonly sequence: number }[]) => some.map(({ sequence }) => sequence);
const counting = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, index) => from - index);

describe('pages of the ledger', () => {
  test('tell everything of an entry', async () => {
    const told = auditEntry({ event_type: 'order.created', locale: 'he', description: 'צברת 129 נקודות' });
    const plain = auditEntry({
      ...{ merchant_id: told.merchant_id, customer_id: told.customer_id, order_id: null, amount_minor: null },
      ...{ event_type: 'vip_tier.assigned', type: 'bonus', sequence: 2, balance_after: 229, points: 100 },
    });
    await append([told, plain]);
    const pages = createLedgerPages({ connection });
    expect(await pages.newestBefore(told.merchant_id, told.customer_id, Infinity, 10)).toEqual([
      {
        ...{ eventId: plain.event_id, eventType: 'vip_tier.assigned', type: 'bonus', points: 100, sequence: 2 },
        ...{ balanceAfter: 229, description: plain.description, locale: 'en', createdAt: plain.created_at },
        correlationId: 'correlation-1',
      },
      {
        ...{ eventId: told.event_id, eventType: 'order.created', type: 'earn', points: 129, sequence: 1 },
        ...{ balanceAfter: 129, description: 'צברת 129 נקודות', locale: 'he', createdAt: told.created_at },
        ...{ orderId: '820982911946154508', correlationId: 'correlation-1' },
      },
    ]);
  });

  test('cost what they hold, however deep they lie', async () => {
    const { executionStats } = await connection.database
      .collection('points_transactions')
      .find(
        { merchant_id: new UUID(merchantId), customer_id: new UUID(customerId), sequence: { $lt: 100 } },
        { ...pageRead, limit: 21 },
      )
      .explain('executionStats');
    expect(executionStats).toMatchObject({ nReturned: 21, totalKeysExamined: 21, totalDocsExamined: 21 });
    expect(JSON.stringify(executionStats)).not.toContain('"stage":"SORT"');
  });

  test('lead from the newest entry to the first without a gap or a repeat, while new entries come', async () => {
    const lister = createTransactionLister(createLedgerPages({ connection }));
    const first = await lister.list(merchantId, customerId, 100);
    await append(entries.slice(500));
    const pages = [first];
    for (let next = first.next; next !== undefined; next = pages.at(-1)?.next) {
      pages.push(await lister.list(merchantId, customerId, 100, next));
    }
    expect(pages).toHaveLength(5);
    expect(pages.flatMap((page) => sequences(page.entries))).toEqual(counting(500, 1));
    expect(sequences((await lister.list(merchantId, customerId, 3)).entries)).toEqual([505, 504, 503]);
  });

  test('are empty for who has no entries, and for an id that is no UUID', async () => {
    const pages = createLedgerPages({ connection });
    expect(await pages.newestBefore(merchantId, merchantId, Infinity, 10)).toEqual([]);
    expect(await pages.newestBefore('jane', customerId, Infinity, 10)).toEqual([]);
  });
});
