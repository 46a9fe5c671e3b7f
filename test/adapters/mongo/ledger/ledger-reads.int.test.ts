import { randomUUID } from 'node:crypto';
import { UUID } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createLedgerHistory,
  createLedgerReader,
  createLedgerStore,
  type MongoConnection,
} from '../../../../src/adapters/mongo/index.ts';
import { newestEntryRead } from '../../../../src/adapters/mongo/ledger/ledger-reader.ts';
import { silentLogger } from '../../../../src/common/logger.ts';
import { auditEntries, auditEntry } from '../../../support/audit-entries.ts';
import { preparedDatabase } from '../../../support/mongo-database.ts';
import { sharedServers } from '../../../support/servers.ts';

let connection: MongoConnection;
const entries = auditEntries(1_000);
const { merchant_id: merchantId, customer_id: customerId } = entries[0]!;
const other = auditEntry();

beforeAll(async () => {
  connection = await preparedDatabase(sharedServers().mongo, afterAll);
  const store = createLedgerStore({ connection, clock: { now: () => 0 }, logger: silentLogger });
  await store.append(entries);
  await store.append([other]);
});

describe('the newest balance', () => {
  test('is read from one document by its index, however many entries there are', async () => {
    const { executionStats } = await connection.database
      .collection('points_transactions')
      .find({ merchant_id: new UUID(merchantId), customer_id: new UUID(customerId) }, newestEntryRead)
      .limit(1)
      .explain('executionStats');
    expect(executionStats).toMatchObject({ nReturned: 1, totalKeysExamined: 1, totalDocsExamined: 1 });
    expect(JSON.stringify(executionStats)).toContain('"stage":"IXSCAN"');
    expect(JSON.stringify(executionStats)).not.toContain('"stage":"SORT"');
    expect(await createLedgerReader({ connection }).newestBalance(merchantId, customerId)).toEqual({
      merchantId,
      customerId,
      balance: 10_000,
      sequence: 1_000,
    });
  });

  test('is nobody’s for an id that is not a UUID', async () => {
    expect(await createLedgerReader({ connection }).newestBalance('jane', customerId)).toBeUndefined();
  });
});

describe('the history of the ledger', () => {
  const key = (entry: { readonly merchant_id: string; readonly event_id: string }): string =>
    `${entry.merchant_id}:${entry.event_id}`;

  test('knows the events that have an entry, of several merchants and more than 1,000 at once', async () => {
    const asked = [...entries, other].map(({ merchant_id, event_id }) => ({
      merchantId: merchant_id,
      eventId: event_id,
    }));
    const strangers = Array.from({ length: 1_500 }, () => ({ merchantId, eventId: randomUUID() }));
    const applied = await createLedgerHistory(connection).appliedEvents([...strangers, ...asked]);
    expect(applied).toEqual(new Set([...entries, other].map(key)));
  });

  test('does not know an event under another merchant, nor what is not a UUID', async () => {
    const applied = await createLedgerHistory(connection).appliedEvents([
      { merchantId: other.merchant_id, eventId: entries[0]!.event_id },
      { merchantId: 'jane', eventId: 'doe' },
    ]);
    expect(applied).toEqual(new Set());
  });

  test('is asked for nothing without a query', async () => {
    expect(await createLedgerHistory(connection).appliedEvents([])).toEqual(new Set());
  });
});
