import type { Balance, LedgerReader } from '../../../balances/ports.ts';
import { uuidOf } from '../bson.ts';
import type { MongoConnection } from '../client.ts';
import { pointsTransactions } from '../collections.ts';
import { onMongo } from '../failures.ts';

export interface LedgerReaderOptions {
  readonly connection: MongoConnection;
  /** A read that takes longer is given up; 2,000 by default. */
  readonly deadlineMs?: number;
}

/** Without the hint a customer of few entries may be read by the other index, and sorted. */
export const newestEntryRead = {
  sort: { sequence: -1 },
  hint: 'idx_sequence',
  projection: { _id: 0, sequence: 1, balance_after: 1 },
} as const;

/** Balances from the newest entry of the ledger: one document by its index. An id that is no UUID has no entries. */
export const createLedgerReader = ({ connection, deadlineMs = 2_000 }: LedgerReaderOptions): LedgerReader => {
  const transactions = connection.database.collection(pointsTransactions.name);
  return {
    async newestBalance(merchantId, customerId) {
      const [merchant, customer] = [uuidOf(merchantId), uuidOf(customerId)];
      if (merchant === undefined || customer === undefined) return undefined;
      const newest = await onMongo(() =>
        transactions.findOne(
          { merchant_id: merchant, customer_id: customer },
          // The server's own limit ends the work there; the signal ends the wait for a server that is not there.
          { ...newestEntryRead, maxTimeMS: deadlineMs, signal: AbortSignal.timeout(deadlineMs) },
        ),
      );
      if (newest === null) return undefined;
      const balance: Balance = {
        merchantId,
        customerId,
        balance: Number(newest['balance_after']),
        sequence: Number(newest['sequence']),
      };
      return balance;
    },
  };
};
