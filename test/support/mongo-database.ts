import { randomUUID } from 'node:crypto';
import { connectMongo, type MongoConnection, setUpMongo, translationSeeds } from '../../src/adapters/mongo/index.ts';
import { defaultMessages } from '../../src/domain/index.ts';

export type OnEnd = (cleanUp: () => Promise<void>) => unknown;

/** A connection to a database of its own, which is dropped at the end. */
export const freshDatabase = async (uri: string, onEnd: OnEnd): Promise<MongoConnection> => {
  const connection = await connectMongo({ uri, database: `test-${randomUUID()}`, appName: 'points-test' });
  onEnd(async () => {
    await connection.database.dropDatabase();
    await connection.close();
  });
  return connection;
};

/** The same with collections, validators, indexes and the built-in translations. */
export const preparedDatabase = async (uri: string, onEnd: OnEnd): Promise<MongoConnection> => {
  const connection = await freshDatabase(uri, onEnd);
  await setUpMongo(connection, { translations: translationSeeds(defaultMessages), clock: { now: () => 1_000 } });
  return connection;
};
