import { type Db, type Document, MongoClient } from 'mongodb';
import { describe, expect, onTestFinished, test } from 'vitest';
import { followCollection } from '../../../src/adapters/mongo/follow-collection.ts';
import type { MongoConnection } from '../../../src/adapters/mongo/index.ts';
import { silentLogger } from '../../../src/common/logger.ts';
import { freshDatabase } from '../../support/mongo-database.ts';
import { sharedServers } from '../../support/servers.ts';
import { until } from '../../support/until.ts';

/** A copy that anybody can look into, and the collection it follows. */
const follow = async (see: (connection: MongoConnection) => MongoConnection = (connection) => connection) => {
  const connection = await freshDatabase(sharedServers().mongo, onTestFinished);
  const held = new Map<string, Document>();
  const follower = followCollection({
    connection: see(connection),
    collection: 'things',
    logger: silentLogger,
    copy: {
      replaceAll(documents) {
        held.clear();
        for (const document of documents) held.set(String(document['_id']), document);
      },
      put: (document) => void held.set(String(document['_id']), document),
      remove: (id) => void held.delete(String(id)),
    },
  });
  onTestFinished(() => follower.close());
  const things = connection.database.collection<{ _id: string; n: number }>('things');
  const isHeld = (...pairs: readonly (readonly [string, number])[]) =>
    until(
      `the copy is ${JSON.stringify(pairs)}`,
      () => JSON.stringify([...held.values()].map(({ _id, n }) => [_id, n]).sort()) === JSON.stringify(pairs),
      10_000,
    );
  return { follower, things, isHeld, held };
};

describe('following a collection', () => {
  test('reads it once, and hears of every change from then on', async () => {
    let finds = 0;
    const client = new MongoClient(sharedServers().mongo, { monitorCommands: true });
    onTestFinished(() => client.close());
    client.on('commandStarted', ({ commandName }) => {
      if (commandName === 'find') finds += 1;
    });
    const { follower, things, isHeld, held } = await follow((connection) => ({
      ...connection,
      database: client.db(connection.database.databaseName),
    }));
    await things.insertOne({ _id: 'a', n: 1 });
    await follower.start();
    expect(held.get('a')).toEqual({ _id: 'a', n: 1 });
    await things.insertOne({ _id: 'b', n: 1 });
    await things.updateOne({ _id: 'a' }, { $set: { n: 2 } });
    await things.replaceOne({ _id: 'b' }, { n: 3 });
    await isHeld(['a', 2], ['b', 3]);
    await things.deleteOne({ _id: 'a' });
    await isHeld(['b', 3]);
    expect(finds).toBe(1);
  });

  test('misses nothing that happens while it starts', async () => {
    const { follower, things, isHeld } = await follow();
    let n = 0;
    const start = { isDone: false };
    const writing = (async () => {
      while (!start.isDone || n % 20 !== 0) {
        n += 1;
        await things.updateOne({ _id: 'a' }, { $set: { n } }, { upsert: true });
      }
    })();
    await follower.start();
    start.isDone = true;
    await writing;
    await isHeld(['a', n]);
  });

  test('reads it again and again where the server tells no changes', async () => {
    const alone = (database: Db): Db =>
      new Proxy(database, {
        // A server outside of a replica set answers without a time.
        get: (target, name) =>
          name === 'command' ? () => Promise.resolve({ ok: 1 }) : Reflect.get(target, name, target),
      });
    const { follower, things, isHeld } = await follow((connection) => ({
      ...connection,
      database: alone(connection.database),
    }));
    await follower.start();
    await things.insertOne({ _id: 'a', n: 1 });
    await isHeld(['a', 1]);
    await things.deleteOne({ _id: 'a' });
    await isHeld();
  });

  test('ends at once when it is closed, before and after it has started', async () => {
    const { follower: unstarted } = await follow();
    await unstarted.close();
    const { follower } = await follow();
    await follower.start();
    const since = performance.now();
    await follower.close();
    expect(performance.now() - since).toBeLessThan(2_000);
  });
});
