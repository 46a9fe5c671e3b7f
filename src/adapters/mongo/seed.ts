import { type AnyBulkWriteOperation, type Document } from 'mongodb';
import type { Clock } from '../../common/clock.ts';
import { schemaVersion } from '../../contracts/index.ts';
import { MerchantInvalidError, type MerchantSettings } from '../../domain/index.ts';
import { uuidOf } from './bson.ts';
import type { MongoConnection } from './client.ts';
import { merchants, translations } from './collections.ts';
import { onMongo } from './failures.ts';
import { merchantFields } from './merchants/merchant-fields.ts';
import { bulkAnswer, writeErrorCodes } from './write-errors.ts';

/** A sentence to begin with. */
export interface TranslationSeed {
  readonly key: string;
  /** BCP 47 tag. */
  readonly locale: string;
  /** ICU MessageFormat text. */
  readonly value: string;
}

/** Seeds from `{ key: { locale: text } }`, the shape of the domain's `defaultMessages`. */
export const translationSeeds = (
  messages: Readonly<Record<string, Readonly<Record<string, string>>>>,
): readonly TranslationSeed[] =>
  Object.entries(messages).flatMap(([key, texts]) =>
    Object.entries(texts).map(([locale, value]) => ({ key, locale, value })),
  );

const upsert = (filter: Document, document: Document): AnyBulkWriteOperation => ({
  updateOne: { filter, update: { $setOnInsert: document }, upsert: true },
});

/** Of two upserts at the same moment one may find the other's document in its way: then it is there, as wanted. */
const isThereAlready = (error: unknown): boolean =>
  bulkAnswer(error)?.every(({ code }) => code === writeErrorCodes.duplicateKey) ?? false;

const insertAbsent = async (
  { database }: MongoConnection,
  collection: string,
  operations: readonly AnyBulkWriteOperation[],
): Promise<void> => {
  if (operations.length === 0) return;
  await onMongo(async () => {
    try {
      await database.collection(collection).bulkWrite(operations, { ordered: false });
    } catch (error) {
      if (!isThereAlready(error)) throw error;
    }
  });
};

/** Writes the translations that are not there; changes none. */
export const seedTranslations = (
  connection: MongoConnection,
  seeds: readonly TranslationSeed[],
  clock: Clock,
): Promise<void> =>
  insertAbsent(
    connection,
    translations.name,
    seeds.map(({ key, locale, value }) =>
      upsert({ key, locale }, { value, version: 1, schema_version: schemaVersion, created_at: new Date(clock.now()) }),
    ),
  );

/**
 * Writes the merchants that are not there, by id; changes none, and passes over one whose shop another merchant has.
 * @throws MerchantInvalidError when an id is not a UUID
 */
export const seedMerchants = async (
  connection: MongoConnection,
  settings: readonly MerchantSettings[],
  clock: Clock,
): Promise<void> => {
  const operations = settings.map((merchant) => {
    const merchantId = uuidOf(merchant.merchantId);
    if (merchantId === undefined) throw new MerchantInvalidError(['merchant_id must be a UUID']);
    return upsert({ merchant_id: merchantId }, { ...merchantFields(merchant), created_at: new Date(clock.now()) });
  });
  await insertAbsent(connection, merchants.name, operations);
};
