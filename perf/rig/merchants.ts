import { type Document, type MongoClient, UUID } from 'mongodb';
import { v5 as uuidV5 } from 'uuid';
import { partitionOfKey } from '../../src/adapters/kafka/key-partitions.ts';

/** A merchant that exists only in a run. */
export interface BenchMerchant {
  /** UUID */
  readonly merchantId: string;
  readonly currency: 'USD' | 'JPY';
  /** Where everything about this merchant is. */
  readonly partition: number;
}

/** The limit is there to protect others from one merchant; here it must not be what is measured. */
const rateLimitPerSecond = 100_000;

const namespace = '0d4f7f3a-9c0e-4f43-9d55-2a1b6c3f7e10';

/** Merchants spread evenly over the partitions: with a few left to chance, one partition would be the bench's limit. */
export function benchMerchants(count: number, partitions: number): readonly BenchMerchant[] {
  const perPartition = Math.ceil(count / partitions);
  const found: BenchMerchant[] = [];
  for (let index = 0; found.length < count; index += 1) {
    const merchantId = uuidV5(`merchant/${index}`, namespace);
    const partition = partitionOfKey(merchantId, partitions);
    if (found.filter((merchant) => merchant.partition === partition).length === perPartition) continue;
    found.push({ merchantId, partition, currency: found.length % 2 === 0 ? 'USD' : 'JPY' });
  }
  return found;
}

const documentOf = ({ merchantId, currency }: BenchMerchant, index: number): Document => ({
  merchant_id: new UUID(merchantId),
  shop_domain: `bench-${index}.myshopify.com`,
  webhook_secrets: ['not used here'],
  currency,
  earning_rule: { points: 1, per_minor_units: 100 },
  rate_limit_per_second: rateLimitPerSecond,
});

/** Puts the merchants where the service looks for them. */
export async function seedBenchMerchants(
  mongo: MongoClient,
  database: string,
  merchants: readonly BenchMerchant[],
): Promise<void> {
  await mongo.db(database).collection('merchants').insertMany(merchants.map(documentOf));
}
