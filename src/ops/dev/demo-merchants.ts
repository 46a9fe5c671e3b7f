import { randomBytes } from 'node:crypto';
import { UUID } from 'mongodb';
import { type MongoConnection, seedMerchants } from '../../adapters/mongo/index.ts';
import type { Clock } from '../../common/clock.ts';
import { type MerchantSettings, usualTerms } from '../../domain/index.ts';
import { ServerFailedError } from './errors.ts';
import type { DemoShop } from './sample-orders.ts';

/** A demo merchant as scripts need to know it. */
export interface DemoMerchant {
  /** UUID */
  readonly merchantId: string;
  readonly shopDomain: string;
  readonly currency: string;
  readonly webhookSecrets: readonly string[];
}

type Fixed = Omit<MerchantSettings, 'webhookSecrets'>;

/** One point per whole dollar, and one per 100 yen: both are 100 minor units. */
const terms = {
  ...usualTerms,
  earningRule: { points: 1, perMinorUnits: 100 },
  tierBonuses: new Map([
    ['silver', 100],
    ['gold', 250],
  ]),
} as const;

const fixed: Readonly<Record<DemoShop, Fixed>> = {
  usd: {
    ...{ merchantId: '1f0c7a52-64d8-4c3e-9b1a-5d2e8f6a7b90', shopDomain: 'demo-usd.myshopify.com', currency: 'USD' },
    ...terms,
  },
  jpy: {
    ...{ merchantId: '8a4e6d31-0b79-4f25-a6c8-3e9d1c5b7f24', shopDomain: 'demo-jpy.myshopify.com', currency: 'JPY' },
    ...{ ...terms, retentionDays: 90 },
  },
};

/**
 * Makes sure that both demo merchants are in the `merchants` collection. Their secrets are made the first time, differ
 * on every machine and are kept there.
 * @throws DependencyUnavailableError when MongoDB is away
 */
export const ensureDemoMerchants = async (
  connection: MongoConnection,
  clock: Clock,
): Promise<Readonly<Record<DemoShop, DemoMerchant>>> => {
  const settings = Object.values(fixed).map((merchant) => ({
    ...merchant,
    webhookSecrets: [`shpss_${randomBytes(16).toString('hex')}`],
  }));
  await seedMerchants(connection, settings, clock);
  // Those of earlier runs have none, and are changed by nobody else.
  await connection.database.collection('merchants').updateMany(
    {
      merchant_id: { $in: settings.map(({ merchantId }) => new UUID(merchantId)) },
      tier_bonuses: { $in: [null, {}] },
    },
    { $set: { tier_bonuses: Object.fromEntries(terms.tierBonuses) } },
  );
  const stored = async (shop: DemoShop): Promise<DemoMerchant> => {
    const { merchantId, shopDomain, currency } = fixed[shop];
    const found = await connection.database
      .collection<{ merchant_id: UUID; webhook_secrets: string[] }>('merchants')
      .findOne({ merchant_id: new UUID(merchantId) });
    if (found === null) throw new ServerFailedError(`The demo merchant ${shopDomain} is not in MongoDB`);
    return { merchantId, shopDomain, currency, webhookSecrets: found.webhook_secrets };
  };
  return { usd: await stored('usd'), jpy: await stored('jpy') };
};
