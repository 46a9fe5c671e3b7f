import type { Document } from 'mongodb';
import type { Clock } from '../../../common/clock.ts';
import { schemaVersion } from '../../../contracts/index.ts';
import type { MongoConnection } from '../client.ts';
import { translations } from '../collections.ts';
import { onMongo } from '../failures.ts';

/** A document of the `translations` collection. */
export interface StoredTranslation {
  readonly key: string;
  /** BCP 47 tag. */
  readonly locale: string;
  /** ICU MessageFormat text; empty where the document has none. */
  readonly value: string;
  /** 1, 2, 3 … */
  readonly version: number;
}

/** The translations as an operator reads and changes them. */
export interface TranslationStore {
  /** All, by key and locale. @throws DependencyUnavailableError */
  list(): Promise<readonly StoredTranslation[]>;
  /** @throws DependencyUnavailableError */
  find(key: string, locale: string): Promise<StoredTranslation | undefined>;
  /**
   * Writes a text, as version 1 or as one more than the version before.
   * @returns the version
   * @throws DependencyUnavailableError; the text may be written all the same
   */
  set(text: Omit<StoredTranslation, 'version'>): Promise<number>;
}

const storedOf = ({ key, locale, value, version }: Document): StoredTranslation => ({
  ...{ key: String(key), locale: String(locale), value: typeof value === 'string' ? value : '' },
  version: Number(version ?? 0),
});

export const createTranslationStore = ({ database }: MongoConnection, clock: Clock): TranslationStore => {
  const collection = database.collection(translations.name);
  return {
    list: () => onMongo(async () => (await collection.find().sort({ key: 1, locale: 1 }).toArray()).map(storedOf)),
    find: (key, locale) =>
      onMongo(async () => {
        const document = await collection.findOne({ key, locale });
        return document === null ? undefined : storedOf(document);
      }),
    set: ({ key, locale, value }) =>
      onMongo(async () => {
        const fields = { value, schema_version: schemaVersion, created_at: new Date(clock.now()) };
        const written = await collection.findOneAndUpdate(
          { key, locale },
          { $set: fields, $inc: { version: 1 } },
          { upsert: true, returnDocument: 'after' },
        );
        return Number(written?.['version'] ?? 1);
      }),
  };
};
