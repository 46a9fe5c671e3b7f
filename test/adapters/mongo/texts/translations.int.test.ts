import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  createTranslationCatalogue,
  type MongoConnection,
  type TranslationCatalogue,
} from '../../../../src/adapters/mongo/index.ts';
import type { TextChange, TranslationCatalogueOptions } from '../../../../src/adapters/mongo/texts/translations.ts';
import { type LogFields, silentLogger } from '../../../../src/common/logger.ts';
import { createMessages } from '../../../../src/domain/index.ts';
import { preparedDatabase } from '../../../support/mongo-database.ts';
import { sharedServers } from '../../../support/servers.ts';
import { until } from '../../../support/until.ts';

let connection: MongoConnection;
beforeAll(async () => {
  connection = await preparedDatabase(sharedServers().mongo, afterAll);
});

const started = async (options: Partial<TranslationCatalogueOptions> = {}): Promise<TranslationCatalogue> => {
  const catalogue = createTranslationCatalogue({ connection, logger: silentLogger, ...options });
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

  test('tells each text and each change of it, later ones as later in MongoDB’s history', async () => {
    const told: TextChange[] = [];
    const catalogue = await started({ onText: (change) => void told.push(change) });
    expect(told).toHaveLength(21);
    expect(told.every(({ at, version }) => at > 0 && version === 1)).toBe(true);
    const [{ at: start }] = told as [TextChange];
    told.length = 0;
    const name = { key: 'points.spent', locale: 'fr' };
    await collection().insertOne({ ...name, value: 'a {points}', version: 1, created_at: new Date() });
    await collection().updateOne(name, { $set: { value: 'b {points}' }, $inc: { version: 1 } });
    await until('it is changed', () => catalogue.lookup('points.spent', 'fr') === 'b {points}', 5_000);
    await collection().updateOne(name, { $set: { locale: 'fr-CA' } });
    // Another document takes the name over.
    await collection().insertOne({ ...name, value: 'c {points}', version: 1, created_at: new Date() });
    await until('another is there', () => catalogue.lookup('points.spent', 'fr') === 'c {points}', 5_000);
    await collection().deleteMany({ key: 'points.spent', locale: { $in: ['fr', 'fr-CA'] } });
    await until('both are gone', () => told.filter(({ value }) => value === null).length === 3, 5_000);
    const last = new Map(told.map(({ locale, value }) => [locale, value]));
    expect(last).toEqual(
      new Map([
        ['fr', null],
        ['fr-CA', null],
      ]),
    );
    const places = [start, ...told.map(({ at }) => at)];
    expect(places).toEqual(places.toSorted((one, other) => one - other));
    expect(places.at(-1)).toBeGreaterThan(start);
  });

  test('holds no more than it may, and says what it leaves out', async () => {
    const lines: LogFields[] = [];
    const logger = { ...silentLogger, error: (fields: LogFields) => void lines.push(fields) };
    const catalogue = await started({ maxTexts: 20, logger });
    expect(lines).toHaveLength(1);
    const { key, locale } = lines[0] as { readonly key: string; readonly locale: string };
    expect(catalogue.lookup(key, locale)).toBeUndefined();
  });
});
