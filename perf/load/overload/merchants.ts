import { join } from 'node:path';
import { MongoClient, UUID } from 'mongodb';
import { v5 as uuidV5 } from 'uuid';
import { systemClock } from '../../../src/common/clock.ts';
import { customerIdOf } from '../../../src/domain/index.ts';
import { loadAuthKeys } from '../../../src/ops/dev/auth-keys.ts';
import { tokenIssuer } from '../../../src/ops/dev/auth-tokens.ts';
import type { Instance } from '../instance.ts';

/** A merchant that exists only in a run. */
export interface OverloadMerchant {
  /** UUID */
  readonly merchantId: string;
  readonly shopDomain: string;
  readonly secret: string;
  /** Of the merchant, to read balances with. */
  readonly token: string;
  /** UUID; whose balance is read. */
  readonly customerId: string;
}

const namespace = 'b7c1d0de-2f0b-4a35-8a52-9d6f4f0c7e11';

/** Puts so many merchants where a running instance looks for them; their rate limit limits nothing. */
export async function addMerchants({ dev, home }: Instance, count: number): Promise<readonly OverloadMerchant[]> {
  const issue = tokenIssuer(await loadAuthKeys(join(home, 'data', 'auth')), systemClock);
  const merchants = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const merchantId = uuidV5(`overload/${index}`, namespace);
      const token = await issue({ merchantId, scopes: ['merchant:points:view'] });
      const shopDomain = `overload-${index}.myshopify.com`;
      const customerId = customerIdOf(merchantId, '7000000000001');
      return { merchantId, shopDomain, secret: `secret-of-${index}`, token, customerId };
    }),
  );
  const mongo = new MongoClient(dev.mongo);
  try {
    const documents = merchants.map(({ merchantId, shopDomain, secret }) => ({
      merchant_id: new UUID(merchantId),
      ...{ shop_domain: shopDomain, webhook_secrets: [secret], currency: 'USD' },
      ...{ earning_rule: { points: 1, per_minor_units: 100 }, rate_limit_per_second: 100_000 },
    }));
    await mongo.db().collection('merchants').insertMany(documents);
  } finally {
    await mongo.close();
  }
  return merchants;
}
