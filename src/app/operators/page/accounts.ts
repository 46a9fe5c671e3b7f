import {
  connectMongo,
  createLedgerPages,
  createLedgerReader,
  createMerchantStore,
  type MongoConnection,
  newestRedemptions,
  shopDomainsOf,
} from '../../../adapters/mongo/index.ts';
import { createTransactionLister } from '../../../balances/index.ts';
import type { Clock } from '../../../common/clock.ts';
import { customerIdOf, isUuid } from '../../../domain/index.ts';
import type { AccountAsked, Accounts, AccountShown } from '../../../operator/ports.ts';
import type { Config } from '../../config.ts';
import type { Transport } from '../../transport.ts';
import { type Reopening, reopening } from './reopening.ts';

const pageEntries = 25;
const redemptionsShown = 50;

/** Nobody is to wait for a MongoDB that is away. Milliseconds. */
export const openMongo = (
  { mongoUrl: uri, mongoDatabase: database }: Pick<Config<'processor'>, 'mongoUrl' | 'mongoDatabase'>,
  { mongo: tls }: Pick<Transport, 'mongo'>,
): Reopening<MongoConnection> =>
  reopening(() => connectMongo({ uri, database, appName: 'points-operators-page', tls }));

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

async function read(
  connection: MongoConnection,
  clock: Clock,
  { merchant, customer, before }: AccountAsked,
): Promise<AccountShown | null> {
  const found = await createMerchantStore(connection, clock).find(merchant);
  if (found === undefined) return null;
  const merchantId = found.merchant_id;
  const customerId = isUuid(customer) ? customer.toLowerCase() : customerIdOf(merchantId, customer);
  const lister = createTransactionLister(createLedgerPages({ connection }));
  const [newest, page, redemptions] = await Promise.all([
    createLedgerReader({ connection }).newestBalance(merchantId, customerId),
    lister.list(merchantId, customerId, pageEntries, before),
    before === undefined ? newestRedemptions(connection, merchantId, customerId, redemptionsShown) : [],
  ]);
  return {
    ...{ merchantId, customerId },
    ...{ shopDomain: textOrNull(found['shop_domain']), currency: textOrNull(found['currency']) },
    ...{ balance: newest?.balance ?? null, sequence: newest?.sequence ?? null },
    ...{ entries: page.entries, next: page.next ?? null, redemptions },
  };
}

/** Accounts from MongoDB. */
export const createAccounts = (mongo: Reopening<MongoConnection>, clock: Clock): Accounts => ({
  read: (asked) => mongo.use((connection) => read(connection, clock, asked)),
  shopsOf: (merchantIds) => mongo.use((connection) => shopDomainsOf(connection, merchantIds)),
});
