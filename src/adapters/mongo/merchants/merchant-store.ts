import { type Document, MongoServerError, UUID } from 'mongodb';
import type { Clock } from '../../../common/clock.ts';
import { PointsError } from '../../../common/errors.ts';
import { MerchantInvalidError, type MerchantSettings } from '../../../domain/index.ts';
import { uuidOf } from '../bson.ts';
import type { MongoConnection } from '../client.ts';
import { merchants, pointsTransactions } from '../collections.ts';
import { onMongo } from '../failures.ts';
import { merchantFields } from './merchant-fields.ts';
import { writeErrorCodes } from '../write-errors.ts';

/** Another merchant has the id or the shop. */
export class MerchantExistsError extends PointsError {
  readonly code = 'MERCHANT_EXISTS';
}

/** The merchant is not as it was when it was read. */
export class MerchantChangedError extends PointsError {
  readonly code = 'MERCHANT_CHANGED';
  override readonly retryable = true;
}

/** A document of `merchants` as plain values: merchant_id is text. It holds secrets, and need not be usable. */
export type MerchantDocument = Readonly<Record<string, unknown>> & { readonly merchant_id: string };

/** The merchants as an operator reads and changes them. */
export interface MerchantStore {
  /** All, by shop. @throws DependencyUnavailableError */
  list(): Promise<readonly MerchantDocument[]>;
  /**
   * @param name UUID or shop domain, in either case
   * @throws DependencyUnavailableError
   */
  find(name: string): Promise<MerchantDocument | undefined>;
  /** Whether the ledger has entries of the merchant. @throws DependencyUnavailableError */
  hasEntries(merchantId: string): Promise<boolean>;
  /**
   * @throws MerchantExistsError
   * @throws DependencyUnavailableError; it may be there all the same
   */
  add(settings: MerchantSettings): Promise<void>;
  /**
   * Changes the fields of these names, if they are still as they were read.
   * @throws MerchantChangedError when they are not, or the merchant is gone
   * @throws MerchantExistsError when another merchant has the shop
   * @throws DependencyUnavailableError; they may be changed all the same
   */
  change(before: MerchantDocument, settings: MerchantSettings, fields: readonly string[]): Promise<void>;
}

const plain = ({ _id, merchant_id: id, ...fields }: Document): MerchantDocument => ({
  merchant_id: id instanceof UUID ? id.toString() : String(id),
  ...fields,
});

const idOf = (merchantId: string): UUID => {
  const id = uuidOf(merchantId);
  if (id === undefined) throw new MerchantInvalidError(['merchant_id must be a UUID']);
  return id;
};

const refusingTwins = async <T>(write: () => Promise<T>): Promise<T> => {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof MongoServerError) || error.code !== writeErrorCodes.duplicateKey) throw error;
    // What the server says quotes the value.
    throw new MerchantExistsError('Another merchant has this id or this shop');
  }
};

export const createMerchantStore = ({ database }: MongoConnection, clock: Clock): MerchantStore => {
  const collection = database.collection(merchants.name);
  return {
    list: () => onMongo(async () => (await collection.find().sort({ shop_domain: 1 }).toArray()).map(plain)),
    find: (name) =>
      onMongo(async () => {
        const id = uuidOf(name);
        const document = await collection.findOne(id ? { merchant_id: id } : { shop_domain: name.toLowerCase() });
        return document === null ? undefined : plain(document);
      }),
    hasEntries: (merchantId) =>
      onMongo(async () => {
        const ledger = database.collection(pointsTransactions.name);
        return (await ledger.findOne({ merchant_id: idOf(merchantId) }, { projection: { _id: 1 } })) !== null;
      }),
    add: (settings) =>
      onMongo(async () => {
        const document = { merchant_id: idOf(settings.merchantId), ...merchantFields(settings) };
        await refusingTwins(() => collection.insertOne({ ...document, created_at: new Date(clock.now()) }));
      }),
    change: (before, settings, fields) =>
      onMongo(async () => {
        const after = merchantFields(settings);
        const asItWas: Document = Object.fromEntries(
          fields.map((name) => [name, name in before ? before[name] : { $exists: false }]),
        );
        const { matchedCount } = await refusingTwins(() =>
          collection.updateOne(
            { merchant_id: idOf(before.merchant_id), ...asItWas },
            { $set: Object.fromEntries(fields.map((name) => [name, after[name]])) },
          ),
        );
        if (matchedCount === 0) throw new MerchantChangedError('Somebody else has changed the merchant meanwhile');
      }),
  };
};
