import { randomUUID } from 'node:crypto';
import { UUID } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLedgerReader, createLedgerStore, type MongoConnection } from '../../../../src/adapters/mongo/index.ts';
import { type LogFields, silentLogger } from '../../../../src/common/logger.ts';
import type { LedgerStore } from '../../../../src/sinks/ports.ts';
import { ledgerBehaviour } from '../../../sinks/ledger-store.behaviour.ts';
import { auditEntries, auditEntry } from '../../../support/audit-entries.ts';
import { preparedDatabase } from '../../../support/mongo-database.ts';
import { sharedServers } from '../../../support/servers.ts';

const writtenAt = Date.UTC(2026, 5, 1, 8);

let connection: MongoConnection;
let store: LedgerStore;
const alarms: (readonly [LogFields, string])[] = [];

beforeAll(async () => {
  connection = await preparedDatabase(sharedServers().mongo, afterAll);
  const logger = {
    ...silentLogger,
    error: (fields: LogFields, message: string) => void alarms.push([fields, message]),
  };
  store = createLedgerStore({ connection, clock: { now: () => writtenAt }, logger });
});

const documentsOf = (collection: string, merchantId: string) =>
  connection.database
    .collection(collection)
    .find({ merchant_id: new UUID(merchantId) })
    .sort({ customer_id: 1, sequence: 1, event_id: 1 })
    .toArray();

ledgerBehaviour('MongoDB', () => ({
  store,
  reader: createLedgerReader({ connection }),
  held: async (merchantId) =>
    (await documentsOf('points_transactions', merchantId)).map((document) => ({
      event_id: document['event_id'].toString(),
      sequence: document['sequence'],
      points: document['points'],
    })),
}));

describe('the ledger in MongoDB', () => {
  test('writes the documents that others read', async () => {
    const entry = auditEntry({ points: 2 ** 40, balance_after: Number.MAX_SAFE_INTEGER, sequence: 3 });
    expect(await store.append([entry])).toEqual([]);
    const [transaction] = await documentsOf('points_transactions', entry.merchant_id);
    expect(transaction).toEqual({
      _id: transaction!._id,
      event_id: new UUID(entry.event_id),
      merchant_id: new UUID(entry.merchant_id),
      customer_id: new UUID(entry.customer_id),
      event_type: 'points.earned',
      points: 1_099_511_627_776,
      type: 'earn',
      locale: 'en',
      description: 'You earned 129 points',
      schema_version: '1.0.0',
      created_at: new Date('2026-01-31T12:30:15.250Z'),
      correlation_id: 'correlation-1',
      sequence: 3,
      balance_after: 9_007_199_254_740_991,
      rule: '1 point per 100 minor units',
      order_id: '820982911946154508',
      amount_minor: 12_999,
    });
    const [processed] = await documentsOf('processed_events', entry.merchant_id);
    expect(processed).toEqual({
      _id: processed!._id,
      event_id: new UUID(entry.event_id),
      merchant_id: new UUID(entry.merchant_id),
      event_type: 'points.earned',
      schema_version: '1.0.0',
      correlation_id: 'correlation-1',
      created_at: new Date('2026-06-01T08:00:00.000Z'),
    });
  });

  test('writes which redemption points are given back for', async () => {
    const entry = auditEntry({ event_type: 'redemption.returned', redemption_id: randomUUID() });
    expect(await store.append([entry, auditEntry({ redemption_id: 'jane' })])).toEqual([
      { index: 1, reason: 'Document is refused: redemption_id is not a UUID' },
    ]);
    const [transaction] = await documentsOf('points_transactions', entry.merchant_id);
    expect(transaction).toMatchObject({
      event_type: 'redemption.returned',
      redemption_id: new UUID(String(entry.redemption_id)),
    });
  });

  test('stores whole numbers as int or long, never as double', async () => {
    const entry = auditEntry({ points: 2 ** 40, balance_after: 2 ** 40, sequence: 1, amount_minor: 2 ** 31 });
    await store.append([entry]);
    const [types] = await connection.database
      .collection('points_transactions')
      .aggregate([
        { $match: { merchant_id: new UUID(entry.merchant_id) } },
        {
          $project: {
            _id: 0,
            points: { $type: '$points' },
            balance_after: { $type: '$balance_after' },
            sequence: { $type: '$sequence' },
            amount_minor: { $type: '$amount_minor' },
          },
        },
      ])
      .toArray();
    expect(types).toEqual({ points: 'long', balance_after: 'long', sequence: 'int', amount_minor: 'long' });
  });

  test('changes no byte when a batch of 1,000 is written again, and dates no event anew', async () => {
    const entries = auditEntries(1_000);
    const merchantId = entries[0]!.merchant_id;
    expect(await store.append(entries)).toEqual([]);
    const read = async () => [
      await documentsOf('points_transactions', merchantId),
      await documentsOf('processed_events', merchantId),
    ];
    const once = await read();
    const later = createLedgerStore({ connection, clock: { now: () => writtenAt + 60_000 }, logger: silentLogger });
    expect(await later.append(entries)).toEqual([]);
    expect(await read()).toEqual(once);
    expect(once.map((documents) => documents.length)).toEqual([1_000, 1_000]);
  });

  test('writes 999 of 1,000 when the one in the middle is refused, and does not count that one as processed', async () => {
    const entries = [...auditEntries(1_000)];
    const poison = { ...entries[500]!, description: 'Call +1 555 123 4567, jane@example.com' };
    entries[500] = poison;
    const refusals = await store.append(entries);
    expect(refusals).toEqual([
      {
        index: 500,
        reason:
          'Document is refused: description carries an e-mail address; description carries a telephone number; ' +
          'description carries a URL',
      },
    ]);
    expect(await documentsOf('points_transactions', poison.merchant_id)).toHaveLength(999);
    const processed = await documentsOf('processed_events', poison.merchant_id);
    expect(processed).toHaveLength(999);
    expect(processed.map(({ event_id }) => event_id.toString())).not.toContain(poison.event_id);
  });

  test('refuses each entry for its own reason and names no value', async () => {
    const entry = auditEntry();
    const refusals = await store.append([
      { ...entry, event_id: 'jane' },
      { ...entry, created_at: Number.NaN },
      { ...entry, points: -1 },
      { ...entry, points: 1.5 },
      { ...entry, event_type: 'order.deleted' },
      { ...entry, order_id: 'jane' },
      entry,
    ]);
    expect(refusals).toEqual([
      { index: 0, reason: 'Document is refused: event_id is not a UUID' },
      { index: 1, reason: 'Document is refused: created_at is not a date' },
      { index: 2, reason: 'Document is refused: points minimum' },
      { index: 3, reason: 'Document is refused: points bsonType' },
      { index: 4, reason: 'Document is refused: event_type enum' },
      { index: 5, reason: 'Document is refused: order_id bsonType; order_id pattern' },
    ]);
    expect(await documentsOf('points_transactions', entry.merchant_id)).toHaveLength(1);
  });

  test('sounds an alarm for an entry that contradicts the ledger', async () => {
    const entry = auditEntry({ points: 10 });
    await store.append([entry]);
    alarms.length = 0;
    await store.append([entry, { ...entry, balance_after: 11 }]);
    expect(alarms).toMatchObject([
      [
        {
          merchant_id: entry.merchant_id,
          customer_id: entry.customer_id,
          sequence: 1,
          correlation_id: 'correlation-1',
        },
        'An entry contradicts the ledger: ledger holds a different entry',
      ],
    ]);
  });

  test('marks an event as processed again when its mark has expired', async () => {
    const entry = auditEntry();
    await store.append([entry]);
    await connection.database.collection('processed_events').deleteMany({ merchant_id: new UUID(entry.merchant_id) });
    expect(await store.append([entry])).toEqual([]);
    expect(await documentsOf('processed_events', entry.merchant_id)).toHaveLength(1);
  });

  test('takes the same batch from two writers at once', async () => {
    const entries = auditEntries(500);
    const refusals = await Promise.all([store.append(entries), store.append(entries), store.append(entries)]);
    expect(refusals).toEqual([[], [], []]);
    expect(await documentsOf('points_transactions', entries[0]!.merchant_id)).toHaveLength(500);
  });
});
