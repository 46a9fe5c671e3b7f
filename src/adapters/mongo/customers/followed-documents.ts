import type { Document } from 'mongodb';
import type { FollowedDocuments } from '../../../follow/ports.ts';
import { uuidOf } from '../bson.ts';
import type { MongoConnection } from '../client.ts';
import { pointsTransactions, rewardRedemptions } from '../collections.ts';
import { onMongo } from '../failures.ts';

const deadlineMs = 2_000;
const limit = 100;

/**
 * Documents of a customer by correlation id. There is no index by it, so it is looked for among the customer's own, whom
 * the topics have told.
 */
export const createFollowedDocuments = ({ database }: MongoConnection): FollowedDocuments => ({
  async of(correlationId, merchantId, customerId) {
    const filter = {
      merchant_id: uuidOf(merchantId) ?? null,
      customer_id: uuidOf(customerId) ?? null,
      correlation_id: correlationId,
    };
    const read = (name: string): Promise<Document[]> =>
      onMongo(() =>
        database
          .collection(name)
          .find(filter, {
            ...{ maxTimeMS: deadlineMs, signal: AbortSignal.timeout(deadlineMs) },
            ...{ hint: 'idx_customer_id_merchant_id', limit },
          })
          .toArray(),
      );
    const [entries, redemptions] = await Promise.all([read(pointsTransactions.name), read(rewardRedemptions.name)]);
    return [
      ...entries.map(({ event_id, event_type, type, points, balance_after, created_at }) => ({
        at: Number(created_at),
        where: `Mongo ${pointsTransactions.name}`,
        what: `${String(event_type ?? '')}: ${String(type)} ${String(points)}, balance ${String(balance_after)}`,
        eventId: String(event_id),
      })),
      ...redemptions.map(({ status, task_id, created_at }) => ({
        at: Number(created_at),
        where: `Mongo ${rewardRedemptions.name}`,
        what: [String(status), ...(task_id ? [`task ${String(task_id)}`] : [])].join(', '),
        eventId: null,
      })),
    ];
  },
});
