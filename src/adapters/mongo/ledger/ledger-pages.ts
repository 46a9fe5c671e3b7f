import type { Document } from 'mongodb';
import type { LedgerEntry, LedgerPages } from '../../../balances/ports.ts';
import { integerOf, uuidOf } from '../bson.ts';
import type { MongoConnection } from '../client.ts';
import { pointsTransactions } from '../collections.ts';
import { onMongo } from '../failures.ts';

export interface LedgerPagesOptions {
  readonly connection: MongoConnection;
  /** A read that takes longer is given up; 2,000 by default. */
  readonly deadlineMs?: number;
}

/** How a page is read: along idx_sequence from its end, so that the last page costs as much as the first. */
export const pageRead = { sort: { sequence: -1 }, hint: 'idx_sequence', projection: { _id: 0 } } as const;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const entryOf = (document: Document): LedgerEntry => {
  const { event_id, event_type, type, points, sequence, balance_after, created_at, order_id } = document;
  return {
    eventId: String(event_id),
    eventType: text(event_type),
    type: text(type),
    points: Number(points),
    sequence: Number(sequence),
    balanceAfter: Number(balance_after),
    description: text(document['description']),
    locale: text(document['locale']),
    createdAt: Number(created_at),
    ...(typeof order_id === 'string' && { orderId: order_id }),
    correlationId: text(document['correlation_id']),
  };
};

/** Pages of the ledger by sequence. An id that is no UUID has no entries. */
export const createLedgerPages = ({ connection, deadlineMs = 2_000 }: LedgerPagesOptions): LedgerPages => {
  const transactions = connection.database.collection(pointsTransactions.name);
  return {
    async newestBefore(merchantId, customerId, before, limit) {
      const [merchant_id, customer_id] = [uuidOf(merchantId), uuidOf(customerId)];
      if (merchant_id === undefined || customer_id === undefined) return [];
      const older = before === Infinity ? {} : { sequence: { $lt: integerOf(before) } };
      // The server's own limit ends the work there; the signal ends the wait for a server that is not there.
      const bounds = { maxTimeMS: deadlineMs, signal: AbortSignal.timeout(deadlineMs) };
      const found = await onMongo(() =>
        transactions.find({ merchant_id, customer_id, ...older }, { ...pageRead, ...bounds, limit }).toArray(),
      );
      return found.map(entryOf);
    },
  };
};
