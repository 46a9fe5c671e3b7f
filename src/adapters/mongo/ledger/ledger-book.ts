import type { Document } from 'mongodb';
import type { LedgerBook, LedgerLine } from '../../../audit/ports.ts';
import { uuidOf } from '../bson.ts';
import type { MongoConnection } from '../client.ts';
import { pointsTransactions } from '../collections.ts';
import { eventsFilter } from './events-filter.ts';
import { mongoFailure, onMongo } from '../failures.ts';

const text = (value: unknown): string => String(value);
const textOrNull = (value: unknown): string | null => (value === null || value === undefined ? null : text(value));
const numberOrNull = (value: unknown): number | null => (value === null || value === undefined ? null : Number(value));

/** Whatever a document holds, also what our validators would refuse: it is read to be judged. */
const lineOf = (document: Document): LedgerLine => ({
  event_id: text(document['event_id']),
  merchant_id: text(document['merchant_id']),
  customer_id: text(document['customer_id']),
  event_type: text(document['event_type']),
  points: Number(document['points']),
  type: document['type'] as LedgerLine['type'],
  locale: text(document['locale']),
  description: text(document['description']),
  schema_version: text(document['schema_version']),
  created_at: document['created_at'] instanceof Date ? document['created_at'].getTime() : Number.NaN,
  correlation_id: text(document['correlation_id']),
  sequence: Number(document['sequence']),
  balance_after: Number(document['balance_after']),
  rule: text(document['rule']),
  order_id: textOrNull(document['order_id']),
  amount_minor: numberOrNull(document['amount_minor']),
  redemption_id: textOrNull(document['redemption_id']),
});

/** The ledger as `points verify` reads it: by index, a batch at a time, never sorted in memory. */
export const createLedgerBook = ({ database }: Pick<MongoConnection, 'database'>): LedgerBook => {
  const transactions = database.collection(pointsTransactions.name);
  return {
    async find(events) {
      const wanted = events.flatMap(({ merchantId, eventId }) => {
        const [merchant_id, event_id] = [uuidOf(merchantId), uuidOf(eventId)];
        return merchant_id === undefined || event_id === undefined ? [] : [{ merchant_id, event_id }];
      });
      if (wanted.length === 0) return new Map();
      const found = await onMongo(() => transactions.find(eventsFilter(wanted), { hint: 'idx_event_id' }).toArray());
      const lines = found.map(lineOf);
      return new Map(lines.map((line) => [`${line.merchant_id}:${line.event_id}`, line]));
    },
    async *entriesOf(merchantId) {
      const merchant_id = uuidOf(merchantId);
      if (merchant_id === undefined) return;
      const sort = { merchant_id: 1, customer_id: 1, sequence: 1 } as const;
      const cursor = transactions.find({ merchant_id }, { sort, hint: 'idx_sequence' });
      try {
        for await (const document of cursor) yield lineOf(document);
      } catch (error) {
        throw mongoFailure(error);
      } finally {
        await cursor.close();
      }
    },
    async *merchants() {
      // From one to the next by the index: of each merchant one entry is read.
      const next = (after: Document): Promise<Document | null> =>
        onMongo(() => transactions.findOne(after, { sort: { merchant_id: 1 }, hint: 'idx_sequence' }));
      for (let found = await next({}); found !== null; ) {
        const merchantId: unknown = found['merchant_id'];
        yield text(merchantId);
        found = await next({ merchant_id: { $gt: merchantId } });
      }
    },
  };
};
