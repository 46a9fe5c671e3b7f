import { Binary, type Document, Long, UUID } from 'mongodb';
import { uuidOf } from '../bson.ts';
import type { MongoConnection } from '../client.ts';
import { pointsTransactions, rewardRedemptions } from '../collections.ts';
import { onMongo } from '../failures.ts';

/** A document as JSON has it: UUIDs and times in text, bytes in base64. */
export type PlainDocument = Readonly<Record<string, unknown>>;

/** Everything that MongoDB holds of one customer of a merchant. */
export interface CustomerRecords {
  /** After the newest entry; null for a customer without any. */
  readonly balance: number | null;
  /** The ledger, oldest first. */
  readonly transactions: readonly PlainDocument[];
  readonly redemptions: readonly PlainDocument[];
  /** What waits for Kafka. */
  readonly waiting: readonly PlainDocument[];
}

const plain = (value: unknown): unknown => {
  if (value instanceof UUID) return value.toString();
  if (value instanceof Binary) return Buffer.from(value.buffer).subarray(0, value.position).toString('base64');
  if (value instanceof Long) return value.toNumber();
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
};

const plainDocument = ({ _id, ...document }: Document): PlainDocument => plain(document) as PlainDocument;

/**
 * Reads what is held of a customer, for the merchant to hand over. Nothing is held under an id that is no UUID.
 * @throws DependencyUnavailableError when MongoDB does not answer in time
 */
export const readCustomerRecords = async (
  { database }: MongoConnection,
  merchantId: string,
  customerId: string,
): Promise<CustomerRecords> => {
  const filter = { merchant_id: uuidOf(merchantId) ?? null, customer_id: uuidOf(customerId) ?? null };
  const read = async (collection: string, order: Document): Promise<readonly PlainDocument[]> =>
    onMongo(async () => (await database.collection(collection).find(filter).sort(order).toArray()).map(plainDocument));
  const [transactions, redemptions, waiting] = await Promise.all([
    read(pointsTransactions.name, { sequence: 1 }),
    read(rewardRedemptions.name, { created_at: 1 }),
    read('pos_offline_queue', { created_at: 1 }),
  ]);
  const balance = transactions.at(-1)?.['balance_after'];
  return { balance: typeof balance === 'number' ? balance : null, transactions, redemptions, waiting };
};
