import { MongoClient, UUID } from 'mongodb';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  createLedgerHistory,
  createLedgerReader,
  createLedgerStore,
  createMerchantDirectory,
  createTranslationCatalogue,
  type MongoConnection,
} from '../../../src/adapters/mongo/index.ts';
import { DependencyUnavailableError } from '../../../src/common/errors.ts';
import { silentLogger } from '../../../src/common/logger.ts';
import type { ServerHandle } from '../../../src/ops/dev/server.ts';
import { auditEntries, auditEntry } from '../../support/audit-entries.ts';
import { preparedDatabase } from '../../support/mongo-database.ts';
import { startPrivateServers } from '../../support/servers.ts';
import { until } from '../../support/until.ts';
import { merchantDocument } from './merchants/merchant-documents.ts';

let mongo: ServerHandle;
let uri: string;
let connection: MongoConnection;

beforeAll(async () => {
  const servers = await startPrivateServers(afterAll, { roles: ['mongo'], env: { POINTS_NO_DOCKER: '1' } });
  mongo = servers.handles.mongo!;
  uri = servers.addresses.mongo;
  connection = await preparedDatabase(uri, afterAll);
});

const freeze = (): void => {
  mongo.kill('SIGSTOP');
  onTestFinished(() => mongo.kill('SIGCONT'));
};

const secondsOf = async (work: Promise<unknown>): Promise<number> => {
  const since = performance.now();
  await work;
  return (performance.now() - since) / 1_000;
};

const createStore = () => createLedgerStore({ connection, clock: { now: () => 1_000 }, logger: silentLogger });

describe('while MongoDB is frozen', () => {
  test('reads, look-ups and health checks are given up within their deadlines, and answer again afterwards', async () => {
    const entry = auditEntry();
    await createStore().append([entry]);
    const reader = createLedgerReader({ connection, deadlineMs: 1_000 });
    freeze();
    const read = reader.newestBalance(entry.merchant_id, entry.customer_id);
    expect(await secondsOf(expect(read).rejects.toThrow(DependencyUnavailableError))).toBeLessThan(4);
    expect(await secondsOf(expect(connection.ping()).rejects.toThrow(DependencyUnavailableError))).toBeLessThan(5);
    mongo.kill('SIGCONT');
    expect(await reader.newestBalance(entry.merchant_id, entry.customer_id)).toMatchObject({ balance: 129 });
    await connection.ping();
  });
});

describe('when MongoDB is killed', () => {
  test('an append under way is told to be uncertain, and its repeat brings everything in once', async () => {
    const entries = auditEntries(1_000);
    const store = createStore();
    await store.append(entries.slice(0, 400));
    // Frozen, it has the request but cannot answer: so the kill comes in the middle, every time.
    mongo.kill('SIGSTOP');
    const appended = expect(store.append(entries)).rejects.toMatchObject({
      code: 'DEPENDENCY_UNAVAILABLE',
      retryable: true,
    });
    mongo.kill('SIGKILL');
    await mongo.exited;
    await appended;
    await mongo.restart();
    expect(await store.append(entries)).toEqual([]);
    const ledger = connection.database.collection('points_transactions');
    const held = await ledger
      .find({ merchant_id: new UUID(entries[0]!.merchant_id) })
      .sort({ sequence: 1 })
      .toArray();
    expect(held.map(({ sequence }) => sequence)).toEqual(entries.map(({ sequence }) => sequence));
  });

  test('merchants and translations stay known, what is asked of the server fails, and all is followed again', async () => {
    const document = merchantDocument();
    const { shop_domain: domain } = document;
    await connection.database.collection('merchants').insertOne({ ...document });
    const directory = createMerchantDirectory({
      connection,
      logger: silentLogger,
      clock: { now: () => performance.now() },
    });
    const catalogue = createTranslationCatalogue({ connection, logger: silentLogger });
    onTestFinished(async () => {
      await directory.close();
      await catalogue.close();
    });
    await directory.start();
    await catalogue.start();

    mongo.kill('SIGKILL');
    await mongo.exited;
    expect((await directory.byShopDomain(domain))?.shopDomain).toBe(domain);
    expect((await directory.load([document['merchant_id'].toString()])).size).toBe(1);
    expect(catalogue.lookup('points.earned', 'en')).toBeDefined();
    const history = createLedgerHistory(connection);
    const event = { merchantId: new UUID().toString(), eventId: new UUID().toString() };
    const unstarted = createMerchantDirectory({ connection, logger: silentLogger, clock: { now: () => 1_000 } });
    const asked = [
      directory.byShopDomain('nobody.myshopify.com'),
      directory.load([event.merchantId]),
      history.appliedEvents([event]),
      unstarted.start(),
    ];
    await Promise.all(asked.map((answer) => expect(answer).rejects.toThrow(DependencyUnavailableError)));

    await mongo.restart();
    const other = new MongoClient(uri);
    onTestFinished(() => other.close());
    const value = '{points, plural, other {# points, changed}}';
    const translations = other.db(connection.database.databaseName).collection('translations');
    await translations.updateOne({ key: 'points.earned', locale: 'en' }, { $set: { value } });
    await until('the change is known', () => catalogue.lookup('points.earned', 'en') === value, 15_000);
    const changedAgain = '{points, plural, other {# points, once more}}';
    await translations.updateOne({ key: 'points.earned', locale: 'en' }, { $set: { value: changedAgain } });
    await until('the next one too', () => catalogue.lookup('points.earned', 'en') === changedAgain, 15_000);
    await unstarted.start();
    await unstarted.close();
  });
});
