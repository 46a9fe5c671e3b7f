import { MongoServerError } from 'mongodb';
import type { Clock } from '../../common/clock.ts';
import { PointsError } from '../../common/errors.ts';
import type { MongoConnection } from './client.ts';
import { assertShardable, type CollectionDeclaration } from './collection.ts';
import { collections } from './collections.ts';
import { onMongo } from './failures.ts';
import { seedTranslations, type TranslationSeed } from './seed.ts';

const namespaceExists = 48;
const indexConflicts: readonly unknown[] = [85, 86];

/** An index of our name that is there already with other keys or options; only a person may drop it. */
export class IndexConflictError extends PointsError {
  readonly code = 'INDEX_CONFLICT';
}

const hasCode = (error: unknown, codes: readonly unknown[]): error is MongoServerError =>
  error instanceof MongoServerError && codes.includes(error.code);

const ensureCollection = async (
  { database }: MongoConnection,
  { name, validator }: CollectionDeclaration,
): Promise<void> => {
  const validation = { validator, validationLevel: 'strict', validationAction: 'error' } as const;
  try {
    await database.createCollection(name, validation);
  } catch (error) {
    if (!hasCode(error, [namespaceExists])) throw error;
    await database.command({ collMod: name, ...validation });
  }
};

const ensureIndexes = async (
  { database }: MongoConnection,
  { name, indexes }: CollectionDeclaration,
): Promise<void> => {
  if (indexes.length === 0) return;
  try {
    await database.collection(name).createIndexes(indexes.map((index) => ({ ...index })));
  } catch (error) {
    if (!hasCode(error, indexConflicts)) throw error;
    throw new IndexConflictError(
      `An index of ${name} is there already in another shape; drop it to have it made anew`,
      {
        facts: { collection: name, detail: error.message },
      },
    );
  }
};

export interface SetUpOptions {
  /** Sentences to begin with; what translators have changed since is left alone. */
  readonly translations: readonly TranslationSeed[];
  readonly clock: Clock;
}

/**
 * Makes every collection with its validator and indexes, or brings it up to date, and seeds the translations. Safe to
 * repeat, and for two at once. Documents that are there already are not looked at. An index on a large collection may take
 * longer than a call may: the server goes on building it, and the call has to be repeated until it is done.
 * @throws IndexConflictError
 * @throws DependencyUnavailableError
 */
export const setUpMongo = async (connection: MongoConnection, options: SetUpOptions): Promise<void> => {
  assertShardable(collections);
  await onMongo(async () => {
    for (const collection of collections) {
      await ensureCollection(connection, collection);
      await ensureIndexes(connection, collection);
    }
  });
  await seedTranslations(connection, options.translations, options.clock);
};
