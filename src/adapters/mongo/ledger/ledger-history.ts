import type { Document } from 'mongodb';
import { uuidOf } from '../bson.ts';
import type { MongoConnection } from '../client.ts';
import { pointsTransactions } from '../collections.ts';
import { eventsFilter } from './events-filter.ts';
import { onMongo } from '../failures.ts';

/** An event of a merchant; both ids are UUIDs. */
interface EventIdentity {
  readonly merchantId: string;
  readonly eventId: string;
}

/** The ledger as a memory that never ends, for events older than any window. */
export interface LedgerHistory {
  /**
   * Which of the events have an entry, as `merchantId:eventId` in lower case. One indexed query for every 1,000.
   * @throws DependencyUnavailableError when the ledger does not answer in time
   */
  appliedEvents(events: readonly EventIdentity[]): Promise<ReadonlySet<string>>;
}

const perQuery = 1_000;
const deadlineMs = 5_000;

const chunks = <T>(items: readonly T[], size: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, n) => items.slice(n * size, (n + 1) * size));

/** An id that is no UUID cannot be in the ledger. */
const identifiable = ({ merchantId, eventId }: EventIdentity) => {
  const [merchant_id, event_id] = [uuidOf(merchantId), uuidOf(eventId)];
  return merchant_id === undefined || event_id === undefined ? [] : [{ merchant_id, event_id }];
};

const key = (document: Document): string => `${document['merchant_id']}:${document['event_id']}`;

export const createLedgerHistory = (connection: MongoConnection): LedgerHistory => {
  const transactions = connection.database.collection(pointsTransactions.name);
  const options = { projection: { _id: 0, merchant_id: 1, event_id: 1 }, hint: 'idx_event_id', maxTimeMS: deadlineMs };
  return {
    async appliedEvents(events) {
      const applied = new Set<string>();
      for (const chunk of chunks(events.flatMap(identifiable), perQuery)) {
        const found = await onMongo(() => transactions.find(eventsFilter(chunk), options).toArray());
        for (const document of found) applied.add(key(document));
      }
      return applied;
    },
  };
};
