import { randomUUID } from 'node:crypto';
import {
  createMerchantStore,
  type MerchantDocument,
  MerchantExistsError,
  type MerchantStore,
} from '../../adapters/mongo/index.ts';
import { loadConfig } from '../../app/index.ts';
import { systemClock } from '../../common/clock.ts';
import { PointsError } from '../../common/errors.ts';
import { MerchantInvalidError, type MerchantSettings, merchantTerms, parseMerchant } from '../../domain/index.ts';
import { recordAct, withMongo } from './act.ts';
import { type MerchantFields, merchantFieldsOf, type MerchantOptions } from './merchant-options.ts';
import { changesBetween, merchantRow, merchantTable } from './merchant-view.ts';
import { print, printJson } from './output.ts';

/** An act on a merchant that makes no sense, or would spoil its books. */
class MerchantRefusedError extends PointsError {
  readonly code = 'MERCHANT_REFUSED';
}

/** @throws MerchantInvalidError that lists every fault, of the options and of what they make */
const settingsOf = (
  before: Readonly<Record<string, unknown>>,
  { fields, faults }: MerchantFields,
): MerchantSettings => {
  try {
    const settings = parseMerchant({ ...before, ...fields });
    if (faults.length === 0) return settings;
  } catch (error) {
    if (!(error instanceof MerchantInvalidError)) throw error;
    throw new MerchantInvalidError([...faults, ...error.faults]);
  }
  throw new MerchantInvalidError(faults);
};

/**
 * Adds a merchant.
 * @throws MerchantInvalidError that lists every fault
 * @throws MerchantExistsError
 * @throws DependencyUnavailableError; where it could not be recorded nothing is changed
 */
export async function add(options: MerchantOptions): Promise<void> {
  const config = loadConfig(process.env, ['operator']);
  const merchantId = options.merchantId ?? randomUUID();
  // What must be given is empty where it is not, so that all that is missing is told at once.
  const must = { shop_domain: '', webhook_secrets: [], currency: '', earning_rule: {} };
  const settings = settingsOf({ ...must, merchant_id: merchantId }, await merchantFieldsOf({}, options));
  await withMongo(config, async (connection) => {
    const store = createMerchantStore(connection, systemClock);
    const twins = await Promise.all([store.find(settings.merchantId), store.find(settings.shopDomain)]);
    if (twins.some((twin) => twin !== undefined)) {
      throw new MerchantExistsError('Another merchant has this id or this shop');
    }
    const detail = changesBetween({}, merchantTerms(settings)).join(', ');
    await recordAct(config, { name: 'merchants.add', merchantId: settings.merchantId, detail });
    await store.add(settings);
    print(`${settings.merchantId} ${settings.shopDomain} is added\n`);
  });
}

export async function list({ json }: { readonly json?: true }): Promise<void> {
  const documents = await withMongo(loadConfig(process.env, ['inspection']), (connection) =>
    createMerchantStore(connection, systemClock).list(),
  );
  const rows = documents.map(merchantRow);
  if (json) printJson(rows);
  else print(merchantTable(rows));
}

/** Amounts in the books are in minor units of the merchant's currency: in another they would mean something else. */
const assertCurrencyKept = async (
  store: MerchantStore,
  before: MerchantDocument,
  settings: MerchantSettings,
): Promise<void> => {
  const currency = String(before['currency']).toUpperCase();
  if (currency === settings.currency || !(await store.hasEntries(before.merchant_id))) return;
  throw new MerchantRefusedError(
    `The currency stays ${currency}: the ledger has entries whose amounts are in it; add another merchant`,
  );
};

/**
 * Changes a merchant, named by id or shop domain, in what the options give.
 * @throws MerchantInvalidError that lists every fault
 * @throws DependencyUnavailableError; where it could not be recorded nothing is changed
 */
export async function set(name: string, options: MerchantOptions): Promise<void> {
  const config = loadConfig(process.env, ['operator']);
  await withMongo(config, async (connection) => {
    const store = createMerchantStore(connection, systemClock);
    const before = await store.find(name);
    if (before === undefined) throw new MerchantRefusedError(`There is no merchant ${name}`);
    const wanted = await merchantFieldsOf(before, options);
    const touched = Object.keys(wanted.fields);
    if (touched.length === 0 && wanted.faults.length === 0) {
      throw new MerchantRefusedError('Nothing is to be changed: --help lists what can be');
    }
    const settings = settingsOf(before, wanted);
    await assertCurrencyKept(store, before, settings);
    const after = merchantTerms(settings);
    const changes = changesBetween(before, Object.fromEntries(touched.map((field) => [field, after[field]])));
    if (changes.length === 0) {
      print(`${before.merchant_id} is so already\n`);
      return;
    }
    await recordAct(config, { name: 'merchants.set', merchantId: settings.merchantId, detail: changes.join(', ') });
    await store.change(before, settings, touched);
    print(`${settings.merchantId} ${settings.shopDomain}: ${changes.join(', ')}\n`);
  });
}
