import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  createTranslationCatalogue,
  type MongoConnection,
  type TranslationCatalogue,
} from '../../../src/adapters/mongo/index.ts';
import { silentLogger } from '../../../src/common/logger.ts';
import { createMessages } from '../../../src/domain/index.ts';
import { preparedDatabase } from '../../support/mongo-database.ts';
import { sharedServers } from '../../support/servers.ts';
import { until } from '../../support/until.ts';

let connection: MongoConnection;
beforeAll(async () => {
  connection = await preparedDatabase(sharedServers().mongo, afterAll);
});

const started = async (): Promise<TranslationCatalogue> => {
  const catalogue = createTranslationCatalogue({ connection, logger: silentLogger });
  onTestFinished(() => catalogue.close());
  await catalogue.start();
  return catalogue;
};

const collection = () => connection.database.collection('translations');

describe('the catalogue of translations', () => {
  test('holds the seeded messages and renders with them', async () => {
    const catalogue = await started();
    const messages = createMessages(catalogue.lookup);
    expect(messages.render('points.earned', 'he', 'en', { points: 2 })).toEqual({
      locale: 'he',
      text: 'צברת שתי נקודות',
    });
    expect(catalogue.lookup('points.earned', 'fr')).toBeUndefined();
    expect(catalogue.lookup('points.lost', 'en')).toBeUndefined();
  });

  test('follows a message that is changed, added, removed', async () => {
    const catalogue = await started();
    const french = { key: 'points.earned', locale: 'fr' };
    const value = '{points, plural, one {# point} other {# points}}';
    await collection().insertOne({ ...french, value, version: 1, created_at: new Date() });
    await until('it is added', () => catalogue.lookup('points.earned', 'fr') === value, 5_000);
    await collection().updateOne(french, { $set: { value: '{points} points', version: 2 } });
    await until('it is changed', () => catalogue.lookup('points.earned', 'fr') === '{points} points', 5_000);
    await collection().updateOne(french, { $set: { locale: 'fr-CA' } });
    await until('it is moved', () => catalogue.lookup('points.earned', 'fr-CA') === '{points} points', 5_000);
    expect(catalogue.lookup('points.earned', 'fr')).toBeUndefined();
    await collection().deleteOne({ key: 'points.earned', locale: 'fr-CA' });
    await until('it is removed', () => catalogue.lookup('points.earned', 'fr-CA') === undefined, 5_000);
  });
});
