import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { connectMongo, type MongoConnection } from '../../src/adapters/mongo/index.ts';
import { createRedis, type RedisConnection } from '../../src/adapters/redis/index.ts';
import { createMetrics } from '../../src/app/metrics/metrics.ts';
import { createTexts, type Texts } from '../../src/app/texts.ts';
import { systemClock } from '../../src/common/clock.ts';
import { type LogFields, silentLogger } from '../../src/common/logger.ts';
import { defaultMessages } from '../../src/domain/index.ts';
import { preparedDatabase } from '../support/mongo-database.ts';
import { redisConnection } from '../support/redis-connection.ts';
import { sharedServers } from '../support/servers.ts';
import { until } from '../support/until.ts';

let redis: RedisConnection;
beforeAll(async () => {
  redis = await redisConnection(sharedServers().redis.cache, afterAll);
});

/** The cache's names hold no database, so that each test begins without any. */
const forgetAll = async (): Promise<void> => {
  const keys = await redis.client.keys('translations:points.*');
  if (keys.length > 0) await redis.client.del(keys);
};
beforeEach(forgetAll);
afterEach(forgetAll);

const database = () => preparedDatabase(sharedServers().mongo, onTestFinished);

const createRig = (from: RedisConnection = redis) => {
  const metrics = createMetrics();
  const lines: LogFields[] = [];
  const logger = { ...silentLogger, warn: (fields: LogFields) => void lines.push(fields) };
  const texts = createTexts({ redis: from, logger, clock: systemClock, metrics });
  onTestFinished(() => texts.close());
  return { texts, metrics, lines };
};

const say = (texts: Texts, locale: string, points: number, merchantDefault = 'en') =>
  texts.messages.render('points.earned', locale, merchantDefault, { points }).text;

const inRedis = async (locale: string, key = 'points.earned'): Promise<unknown> => {
  const held = await redis.client.get(`translations:${key}:${locale}`);
  return held === null ? undefined : (JSON.parse(held) as { readonly value: unknown }).value;
};

const french =
  '{points, plural, one {Vous avez gagné # point} many {Vous avez gagné # de points} other {Vous avez gagné # points}}';
const put = async ({ database: db }: MongoConnection, locale: string, value: string) => {
  const change = { $set: { value, created_at: new Date() }, $inc: { version: 1 } };
  await db.collection('translations').updateOne({ key: 'points.earned', locale }, change, { upsert: true });
};
const remove = async ({ database: db }: MongoConnection, locale: string) => {
  await db.collection('translations').deleteOne({ key: 'points.earned', locale });
};

/** A Redis that nobody listens at. */
const noRedis = () => {
  const connection = createRedis({ url: '127.0.0.1:1', name: 'nobody', logger: silentLogger });
  onTestFinished(() => connection.close());
  return connection;
};

describe('the texts of a process', () => {
  test('are those of the collection, all of which are then in Redis for 24 hours', async () => {
    const connection = await database();
    const { texts } = createRig();
    await texts.follow(connection);
    expect(say(texts, 'ar', 11)).toBe('كسبت 11 نقطة');
    for (const [key, byLocale] of Object.entries(defaultMessages)) {
      for (const [locale, value] of Object.entries(byLocale)) {
        await until(`${key} is there in ${locale}`, async () => (await inRedis(locale, key)) === value, 5_000);
        const lives = await redis.client.ttl(`translations:${key}:${locale}`);
        expect(lives).toBeGreaterThan(86_390);
        expect(lives).toBeLessThanOrEqual(86_400);
      }
    }
  });

  test('take in a language that is added, a text that is changed and one that is removed, in every process and in Redis', async () => {
    const connection = await database();
    const [one, other] = [createRig().texts, createRig().texts];
    await Promise.all([one.follow(connection), other.follow(connection)]);
    const both = (locale: string, points: number, sentence: string, merchantDefault?: string) =>
      until(
        `both say ${sentence}`,
        () => [one, other].every((texts) => say(texts, locale, points, merchantDefault) === sentence),
        5_000,
      );
    await put(connection, 'fr', french);
    await both('fr-CA', 1_000_000, 'Vous avez gagné 1\u202f000\u202f000 de points');
    await until('it is in Redis', async () => (await inRedis('fr')) === french, 5_000);
    await put(connection, 'fr', 'Points : {points}');
    await both('fr', 2, 'Points : 2');
    await until('it is changed in Redis', async () => (await inRedis('fr')) === 'Points : {points}', 5_000);
    await remove(connection, 'fr');
    await both('fr', 1, 'צברת נקודה אחת', 'he');
    await until('Redis tells that there is none', async () => (await inRedis('fr')) === null, 5_000);
  });

  test('come out of Redis while MongoDB has not answered yet', async () => {
    const connection = await database();
    const before = createRig().texts;
    await before.follow(connection);
    await put(connection, 'he', 'נקודות: {points}');
    await put(connection, 'fr', french);
    await remove(connection, 'ar');
    await until('Redis knows', async () => (await inRedis('ar')) === null && (await inRedis('fr')) === french, 5_000);
    await before.close();

    const { texts } = createRig();
    for (const locale of ['he', 'ar', 'fr-CA', 'en']) await texts.prepare('points.earned', locale, 'he');
    expect(texts.areFollowed).toBe(false);
    expect(say(texts, 'he', 2)).toBe('נקודות: 2');
    expect(say(texts, 'ar', 2, 'he')).toBe('נקודות: 2');
    expect(say(texts, 'fr-CA', 1)).toBe('Vous avez gagné 1 point');
    expect(say(texts, 'en', 2)).toBe('You earned 2 points');
  });

  test('are the built-in ones where neither has answered', async () => {
    const { texts } = createRig(noRedis());
    for (const locale of ['ar', 'fr']) await texts.prepare('points.earned', locale, 'he');
    expect(say(texts, 'ar', 3)).toBe('كسبت 3 نقاط');
    expect(say(texts, 'fr', 3, 'he')).toBe('צברת 3 נקודות');
  });

  test('do without Redis', async () => {
    const connection = await database();
    const { texts } = createRig(noRedis());
    await texts.follow(connection);
    await put(connection, 'fr', french);
    await until('it is heard of', () => say(texts, 'fr', 1) === 'Vous avez gagné 1 point', 5_000);
  });

  test('stay as they were while MongoDB is away', async () => {
    const { databaseName } = (await database()).database;
    const own = await connectMongo({ uri: sharedServers().mongo, database: databaseName, appName: 'points-test' });
    const { texts } = createRig();
    await texts.follow(own);
    await own.close();
    expect(say(texts, 'he', 2)).toBe('צברת שתי נקודות');
  });

  test('pass over one that cannot be used: it is counted each time, and logged once a minute', async () => {
    const connection = await database();
    await put(connection, 'fr', 'Cher {name}');
    const { texts, metrics, lines } = createRig();
    await texts.follow(connection);
    expect([1, 2, 3].map((points) => say(texts, 'fr', points))).toEqual([
      'You earned 1 point',
      'You earned 2 points',
      'You earned 3 points',
    ]);
    expect(lines).toEqual([{ key: 'points.earned', locale: 'fr', reason: 'missing_value' }]);
    expect(await metrics.registry.getSingleMetricAsString('points_errors_total')).toContain(
      'points_errors_total{error_type="TRANSLATION_UNUSABLE"} 3',
    );
  });
});
