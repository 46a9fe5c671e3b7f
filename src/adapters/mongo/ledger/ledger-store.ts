import type { Collection, Document, WriteError } from 'mongodb';
import type { Clock } from '../../../common/clock.ts';
import type { Logger } from '../../../common/logger.ts';
import type { AuditEntry } from '../../../contracts/index.ts';
import type { LedgerStore, Refusal } from '../../../sinks/ports.ts';
import type { MongoConnection } from '../client.ts';
import { pointsTransactions, processedEvents } from '../collections.ts';
import { type LedgerDocuments, ledgerDocuments } from './ledger-documents.ts';
import { type DuplicateVerdict, judgeDuplicates } from './ledger-duplicates.ts';
import { refusalReason } from '../refusal-reason.ts';
import { insertUnordered } from '../unordered-insert.ts';
import { assertAboutDocuments, writeErrorCodes } from '../write-errors.ts';

export interface LedgerStoreOptions {
  readonly connection: MongoConnection;
  /** Dates the processed events. */
  readonly clock: Clock;
  /** Hears, as an error, of every entry that contradicts what the ledger holds. */
  readonly logger: Logger;
}

/** An entry on its way into the ledger; `index` is its place in the call. */
interface Pending {
  readonly index: number;
  readonly entry: AuditEntry;
  readonly documents: LedgerDocuments;
}

interface Unwritten {
  readonly pending: Pending;
  readonly error: WriteError;
}

const reasons: Readonly<Record<DuplicateVerdict, string | undefined>> = {
  'same entry': undefined,
  'different entry': 'ledger holds a different entry',
  'sequence taken': 'sequence is taken',
};

const isDuplicate = ({ error }: Unwritten): boolean => error.code === writeErrorCodes.duplicateKey;

const refusal = ({ pending, error }: Unwritten): Refusal => ({
  index: pending.index,
  reason: refusalReason(error.errInfo),
});

const insert = async (
  collection: Collection,
  pending: readonly Pending[],
  documentOf: (documents: LedgerDocuments) => Document,
): Promise<readonly Unwritten[]> => {
  const errors = await insertUnordered(
    collection,
    pending.map(({ documents }) => documentOf(documents)),
  );
  const errorAt = new Map(errors.map((error) => [error.index, error]));
  assertAboutDocuments(errors);
  return pending.flatMap((one, position) => {
    const error = errorAt.get(position);
    return error === undefined ? [] : [{ pending: one, error }];
  });
};

/**
 * The ledger in MongoDB: `points_transactions`, and beside it `processed_events`.
 *
 * The transactions are written first: an event must not be known as processed when its entry was refused, and a crash in
 * between is mended by the repeat. What is there already counts as written only if it is the same entry; a different one
 * is refused and logged as an error, since then the ledger and the decisions disagree.
 */
export const createLedgerStore = ({ connection, clock, logger }: LedgerStoreOptions): LedgerStore => {
  const transactions = connection.database.collection(pointsTransactions.name);
  const processed = connection.database.collection(processedEvents.name);

  const contradiction = ({ index, entry }: Pending, reason: string): Refusal => {
    const { merchant_id, customer_id, event_id, event_type, sequence, correlation_id } = entry;
    const fields = { merchant_id, customer_id, event_id, event_type, sequence, correlation_id };
    logger.error(fields, `An entry contradicts the ledger: ${reason}`);
    return { index, reason };
  };

  const contradictions = async (duplicates: readonly Pending[]): Promise<readonly Refusal[]> => {
    const wanted = duplicates.map(({ documents }) => documents.transaction);
    const verdicts = await judgeDuplicates(transactions, wanted);
    return duplicates.flatMap((pending, position) => {
      const reason = reasons[verdicts[position] ?? 'same entry'];
      return reason === undefined ? [] : [contradiction(pending, reason)];
    });
  };

  return {
    async append(entries) {
      const refusals: Refusal[] = [];
      const pending: Pending[] = [];
      for (const [index, entry] of entries.entries()) {
        const documents = ledgerDocuments(entry, clock.now());
        if ('reason' in documents) refusals.push({ index, reason: documents.reason });
        else pending.push({ index, entry, documents });
      }

      const unwritten = await insert(transactions, pending, ({ transaction }) => transaction);
      refusals.push(...unwritten.filter((one) => !isDuplicate(one)).map(refusal));
      refusals.push(...(await contradictions(unwritten.filter(isDuplicate).map((one) => one.pending))));

      const refused = new Set(refusals.map(({ index }) => index));
      const written = pending.filter(({ index }) => !refused.has(index));
      const unmarked = await insert(processed, written, ({ processedEvent }) => processedEvent);
      refusals.push(...unmarked.filter((one) => !isDuplicate(one)).map(refusal));

      return refusals.sort((one, other) => one.index - other.index);
    },
  };
};
