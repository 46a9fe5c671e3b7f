import type { Document, UUID } from 'mongodb';
import type { RedemptionShown } from '../../../operator/ports.ts';
import { uuidOf } from '../bson.ts';
import type { MongoConnection } from '../client.ts';
import { rewardRedemptions } from '../collections.ts';
import { onMongo } from '../failures.ts';

const deadlineMs = 2_000;

const textOrNull = (value: UUID | string | null | undefined): string | null => value?.toString() ?? null;

const shown = (document: Document): RedemptionShown => ({
  rewardId: String(document['reward_id']),
  points: Number(document['points']),
  status: String(document['status']),
  reason: textOrNull(document['reason'] as string | null | undefined),
  taskId: textOrNull(document['task_id'] as UUID | null | undefined),
  createdAt: Number(document['created_at']),
  correlationId: String(document['correlation_id']),
});

/** The newest redemptions of a customer. @throws DependencyUnavailableError */
export const newestRedemptions = async (
  { database }: MongoConnection,
  merchantId: string,
  customerId: string,
  limit: number,
): Promise<readonly RedemptionShown[]> => {
  const filter = { merchant_id: uuidOf(merchantId) ?? null, customer_id: uuidOf(customerId) ?? null };
  const bounds = { maxTimeMS: deadlineMs, signal: AbortSignal.timeout(deadlineMs) };
  const collection = database.collection(rewardRedemptions.name);
  const found = await onMongo(() =>
    collection
      .find(filter, { ...bounds, sort: { created_at: -1 }, hint: 'idx_customer_id_merchant_id', limit })
      .toArray(),
  );
  return found.map(shown);
};
