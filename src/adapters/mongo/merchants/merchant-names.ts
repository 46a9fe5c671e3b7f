import { uuidOf } from '../bson.ts';
import type { MongoConnection } from '../client.ts';
import { merchants } from '../collections.ts';
import { onMongo } from '../failures.ts';

const deadlineMs = 1_000;

/** Shop domains by merchant id; those of merchants that do not exist are left out. @throws DependencyUnavailableError */
export const shopDomainsOf = async (
  { database }: MongoConnection,
  merchantIds: readonly string[],
): Promise<ReadonlyMap<string, string>> => {
  const ids = merchantIds.flatMap((id) => uuidOf(id) ?? []);
  const found = await onMongo(() =>
    database
      .collection(merchants.name)
      .find(
        { merchant_id: { $in: ids } },
        {
          ...{ projection: { _id: 0, merchant_id: 1, shop_domain: 1 }, maxTimeMS: deadlineMs },
          signal: AbortSignal.timeout(deadlineMs),
        },
      )
      .toArray(),
  );
  return new Map(found.map((each) => [String(each['merchant_id']), String(each['shop_domain'])]));
};
