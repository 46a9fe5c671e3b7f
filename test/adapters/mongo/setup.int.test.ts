import { describe, expect, onTestFinished, test } from 'vitest';
import {
  IndexConflictError,
  type MongoConnection,
  setUpMongo,
  translationSeeds,
} from '../../../src/adapters/mongo/index.ts';
import { defaultMessages } from '../../../src/domain/index.ts';
import { freshDatabase } from '../../support/mongo-database.ts';
import { sharedServers } from '../../support/servers.ts';

const fresh = (): Promise<MongoConnection> => freshDatabase(sharedServers().mongo, onTestFinished);

const setUp = (connection: MongoConnection, now = 1_000): Promise<void> =>
  setUpMongo(connection, { translations: translationSeeds(defaultMessages), clock: { now: () => now } });

const indexesOf = async ({ database }: MongoConnection, collection: string) =>
  (await database.collection(collection).indexes()).map(({ v: _version, ...index }) => index);

describe('setting MongoDB up', () => {
  test('makes the collections', async () => {
    const connection = await fresh();
    await setUp(connection);
    const names = (await connection.database.listCollections().toArray()).map(({ name }) => name).sort();
    expect(names).toEqual([
      ...['merchants', 'points_transactions', 'pos_offline_queue', 'pos_offline_queue_state'],
      ...['processed_events', 'reward_redemptions', 'translations'],
    ]);
  });

  test('makes the indexes by the names, keys and times to live that operators know', async () => {
    const connection = await fresh();
    await setUp(connection);
    const primary = { key: { _id: 1 }, name: '_id_' };
    expect(await indexesOf(connection, 'points_transactions')).toEqual([
      primary,
      { name: 'idx_customer_id_merchant_id', key: { customer_id: 1, merchant_id: 1 } },
      { name: 'idx_created_at', key: { created_at: 1 } },
      { name: 'idx_event_id', key: { merchant_id: 1, event_id: 1 }, unique: true },
      { name: 'idx_sequence', key: { merchant_id: 1, customer_id: 1, sequence: 1 }, unique: true },
    ]);
    expect(await indexesOf(connection, 'processed_events')).toEqual([
      primary,
      { name: 'idx_event_id', key: { merchant_id: 1, event_id: 1 }, unique: true },
      { name: 'idx_merchant_id', key: { merchant_id: 1 } },
      { name: 'idx_created_at', key: { created_at: 1 }, expireAfterSeconds: 86_400 },
    ]);
    expect(await indexesOf(connection, 'reward_redemptions')).toEqual([
      primary,
      { name: 'idx_customer_id_merchant_id', key: { customer_id: 1, merchant_id: 1 } },
      {
        name: 'idx_reward_id',
        key: { merchant_id: 1, reward_id: 1 },
        unique: true,
        partialFilterExpression: { status: { $in: ['pending', 'completed'] } },
      },
      { name: 'idx_idempotency_token', key: { merchant_id: 1, idempotency_token: 1 }, unique: true },
      { name: 'idx_task_id', key: { task_id: 1 }, sparse: true },
    ]);
    expect(await indexesOf(connection, 'pos_offline_queue')).toEqual([
      primary,
      { name: 'idx_customer_id_merchant_id', key: { customer_id: 1, merchant_id: 1 } },
      { name: 'idx_idempotency_token', key: { merchant_id: 1, idempotency_token: 1 }, unique: true },
      { name: 'idx_created_at', key: { created_at: 1 }, expireAfterSeconds: 86_400 },
      { name: 'idx_arrival', key: { arrival: 1 } },
    ]);
    expect(await indexesOf(connection, 'pos_offline_queue_state')).toEqual([primary]);
    expect(await indexesOf(connection, 'translations')).toEqual([
      primary,
      { name: 'idx_key_locale', key: { key: 1, locale: 1 }, unique: true },
    ]);
    expect(await indexesOf(connection, 'merchants')).toEqual([
      primary,
      { name: 'idx_merchant_id', key: { merchant_id: 1 }, unique: true },
      { name: 'idx_shop_domain', key: { shop_domain: 1 }, unique: true },
    ]);
  });

  test('seeds the built-in translations', async () => {
    const connection = await fresh();
    await setUp(connection);
    const seeded = await connection.database.collection('translations').find().sort({ key: 1, locale: 1 }).toArray();
    expect(seeded.map(({ key, locale }) => `${key} ${locale}`)).toEqual([
      'points.balance ar',
      'points.balance en',
      'points.balance he',
      'points.bonus ar',
      'points.bonus en',
      'points.bonus he',
      'points.earned ar',
      'points.earned en',
      'points.earned he',
      'points.owed ar',
      'points.owed en',
      'points.owed he',
      'points.returned ar',
      'points.returned en',
      'points.returned he',
      'points.spent ar',
      'points.spent en',
      'points.spent he',
      'points.taken_back ar',
      'points.taken_back en',
      'points.taken_back he',
    ]);
    expect(seeded[7]).toMatchObject({
      value: '{points, plural, one {You earned # point} other {You earned # points}}',
      version: 1,
      schema_version: '1.0.0',
      created_at: new Date(1_000),
    });
  });

  test('changes nothing the second time, least of all what a translator wrote', async () => {
    const connection = await fresh();
    await setUp(connection);
    const filter = { key: 'points.earned', locale: 'en' };
    const changed = { value: '{points, plural, other {# points for you}}', version: 2 };
    await connection.database.collection('translations').updateOne(filter, { $set: changed });
    const read = () => connection.database.collection('translations').find().sort({ _id: 1 }).toArray();
    const before = await read();
    await setUp(connection, 2_000);
    expect(await read()).toEqual(before);
  });

  test('is safe for several at once', async () => {
    const connection = await fresh();
    await Promise.all(Array.from({ length: 6 }, () => setUp(connection)));
    expect(await connection.database.collection('translations').countDocuments()).toBe(21);
    expect(await indexesOf(connection, 'points_transactions')).toHaveLength(5);
  });

  test('brings an older validator up to date and puts back a missing index', async () => {
    const connection = await fresh();
    await connection.database.createCollection('points_transactions', { validator: { points: { $gte: 5 } } });
    await setUp(connection);
    const [collection] = await connection.database.listCollections({ name: 'points_transactions' }).toArray();
    expect(collection).toMatchObject({ options: { validationLevel: 'strict', validationAction: 'error' } });
    await expect(connection.database.collection('points_transactions').insertOne({ points: 7 })).rejects.toMatchObject({
      code: 121,
    });
    await connection.database.collection('points_transactions').dropIndex('idx_event_id');
    await setUp(connection);
    expect(await indexesOf(connection, 'points_transactions')).toHaveLength(5);
  });

  test('names the collection when an index of its name is there in another shape', async () => {
    const connection = await fresh();
    await connection.database
      .collection('points_transactions')
      .createIndexes([{ key: { event_id: 1 }, name: 'idx_event_id' }]);
    const failure = await setUp(connection).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(IndexConflictError);
    expect(failure).toMatchObject({ code: 'INDEX_CONFLICT', facts: { collection: 'points_transactions' } });
  });
});
