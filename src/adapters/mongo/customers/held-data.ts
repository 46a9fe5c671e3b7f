import type { Document } from 'mongodb';
import type { DataSubject, HeldData, HeldEntry } from '../../../sinks/ports.ts';
import { uuidOf } from '../bson.ts';
import type { MongoConnection } from '../client.ts';
import { merchants, pointsTransactions } from '../collections.ts';
import { onMongo } from '../failures.ts';

const pageSize = 1_000;
const maxTimeMS = 5_000;

/** What waits for Kafka; it goes by itself within a day. */
const waitingCollection = 'pos_offline_queue';

/** Each page begins behind the last entry of the one before it, by an index that has its order. */
interface Paging {
  readonly filter: Document;
  readonly position: 'event_id' | 'sequence';
  readonly hint: string;
}

/** undefined where an id is no UUID: nothing is held under such an id. */
const filterOf = ({ merchantId, customerId }: DataSubject): Document | undefined => {
  const merchant_id = uuidOf(merchantId);
  if (merchant_id === undefined) return undefined;
  if (customerId === null) return { merchant_id };
  const customer_id = uuidOf(customerId);
  return customer_id === undefined ? undefined : { merchant_id, customer_id };
};

const pagingOf = (subject: DataSubject): Paging | undefined => {
  const filter = filterOf(subject);
  if (filter === undefined) return undefined;
  return subject.customerId === null
    ? { filter, position: 'event_id', hint: 'idx_event_id' }
    : { filter, position: 'sequence', hint: 'idx_sequence' };
};

const heldEntry = (document: Document): HeldEntry => ({
  customerId: String(document['customer_id']),
  eventId: String(document['event_id']),
  hasOrder: typeof document['order_id'] === 'string',
});

/**
 * What MongoDB holds of customers. Entries are gone through whether or not they still have an order: a page then takes as
 * long as any other, also where a million before it were done in a run that was interrupted.
 */
export const createHeldData = ({ database }: MongoConnection): HeldData => {
  const transactions = database.collection(pointsTransactions.name);

  const page = ({ filter, position, hint }: Paging, after: unknown): Promise<readonly Document[]> =>
    onMongo(() =>
      transactions
        .find(after === undefined ? filter : { ...filter, [position]: { $gt: after } })
        .sort({ [position]: 1 })
        .limit(pageSize)
        .project({ _id: 0, customer_id: 1, event_id: 1, sequence: 1, order_id: 1 })
        .hint(hint)
        .maxTimeMS(maxTimeMS)
        .toArray(),
    );

  return {
    async *entriesOf(subject) {
      const paging = pagingOf(subject);
      if (paging === undefined) return;
      for (let after: unknown; ; ) {
        const documents = await page(paging, after);
        if (documents.length > 0) yield documents.map(heldEntry);
        if (documents.length < pageSize) return;
        after = documents.at(-1)?.[paging.position];
      }
    },
    async forgetOrders(merchantId, eventIds) {
      const merchant_id = uuidOf(merchantId);
      const ids = eventIds.flatMap((id) => uuidOf(id) ?? []);
      await onMongo(() =>
        transactions.updateMany(
          { merchant_id, event_id: { $in: ids } },
          { $unset: { order_id: '' } },
          { hint: 'idx_event_id' },
        ),
      );
    },
    async dropWaiting(subject) {
      const filter = filterOf(subject);
      if (filter !== undefined) await onMongo(() => database.collection(waitingCollection).deleteMany(filter));
    },
    async removeMerchant(merchantId, at) {
      const settledBefore = [{ created_at: { $exists: false } }, { created_at: { $lte: new Date(at) } }];
      await onMongo(() =>
        database.collection(merchants.name).deleteOne({ merchant_id: uuidOf(merchantId), $or: settledBefore }),
      );
    },
  };
};
