import type { Collection, Document } from 'mongodb';
import { DependencyUnavailableError } from '../../../common/errors.ts';
import { eventsFilter } from './events-filter.ts';
import { onMongo } from '../failures.ts';
import type { LedgerDocuments } from './ledger-documents.ts';

type Transaction = LedgerDocuments['transaction'];

/** What the ledger holds in place of a document that it would not take. */
export type DuplicateVerdict = 'same entry' | 'different entry' | 'sequence taken';

const eventKey = (document: Document): string => `${document['merchant_id']}:${document['event_id']}`;

const sequenceKey = (document: Document): string =>
  `${document['merchant_id']}:${document['customer_id']}:${document['sequence']}`;

const decided = ['customer_id', 'event_type', 'type', 'points', 'sequence', 'balance_after', 'redemption_id'] as const;

/** Compared as text, since a number may come back as int or long. */
const isSame = (held: Document, wanted: Document): boolean =>
  decided.every((name) => String(held[name]) === String(wanted[name]));

const options = {
  projection: { _id: 0, merchant_id: 1, event_id: 1, ...Object.fromEntries(decided.map((name) => [name, 1])) },
  maxTimeMS: 5_000,
  // What blocked an insert may not have reached the majority yet, and a majority read would not see it. (The bulk itself
  // has waited for the majority: by the time of its answer, what is there is there for good.)
  readConcern: { level: 'local' },
} as const;

const find = (collection: Collection, filter: Document, hint: string): Promise<readonly Document[]> =>
  onMongo(() => collection.find(filter, { ...options, hint }).toArray());

/**
 * Tells for each document that met a duplicate key what the ledger holds. The server's message names only one of the
 * violated indexes, and of a plain repeat it may name any, so we look.
 * @throws DependencyUnavailableError when what was in the way is gone, as after a change of primary: write again
 */
export const judgeDuplicates = async (
  collection: Collection,
  refused: readonly Transaction[],
): Promise<readonly DuplicateVerdict[]> => {
  if (refused.length === 0) return [];
  const byEvent = await find(collection, eventsFilter(refused), 'idx_event_id');
  const held = new Map(byEvent.map((document) => [eventKey(document), document]));

  const unknown = refused.filter((document) => !held.has(eventKey(document)));
  const sequences = unknown.map(({ merchant_id, customer_id, sequence }) => ({ merchant_id, customer_id, sequence }));
  const bySequence = unknown.length === 0 ? [] : await find(collection, { $or: sequences }, 'idx_sequence');
  const taken = new Set(bySequence.map(sequenceKey));

  return refused.map((document) => {
    const present = held.get(eventKey(document));
    if (present !== undefined) return isSame(present, document) ? 'same entry' : 'different entry';
    if (taken.has(sequenceKey(document))) return 'sequence taken';
    throw new DependencyUnavailableError('MongoDB', { facts: { detail: 'a duplicate was refused, but is not there' } });
  });
};
