import { type Document, UUID } from 'mongodb';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createMerchantDirectory, type MongoConnection } from '../../../../src/adapters/mongo/index.ts';
import { type LogFields, silentLogger } from '../../../../src/common/logger.ts';
import { preparedDatabase } from '../../../support/mongo-database.ts';
import { sharedServers } from '../../../support/servers.ts';
import { until } from '../../../support/until.ts';
import { merchantDocument } from './merchant-documents.ts';

let connection: MongoConnection;
beforeAll(async () => {
  connection = await preparedDatabase(sharedServers().mongo, afterAll);
});

const insert = async (document: Document): Promise<{ readonly domain: string; readonly id: string }> => {
  await connection.database.collection('merchants').insertOne({ ...document });
  return { domain: document['shop_domain'], id: document['merchant_id'].toString() };
};

const change = (id: string, fields: Document, options: Document = {}) =>
  connection.database.collection('merchants').updateOne({ merchant_id: new UUID(id) }, { $set: fields }, options);

const createDirectory = () => {
  const lines: LogFields[] = [];
  const time = { now: 1_000 };
  const directory = createMerchantDirectory({
    connection,
    logger: { ...silentLogger, error: (fields: LogFields) => void lines.push(fields) },
    clock: { now: () => time.now },
  });
  onTestFinished(() => directory.close());
  return { directory, lines, time };
};

const started = async () => {
  const rig = createDirectory();
  await rig.directory.start();
  return rig;
};

describe('the directory of merchants', () => {
  test('knows the merchants that were there when it started', async () => {
    const { domain, id } = await insert(merchantDocument({ currency: 'JPY' }));
    const { directory } = await started();
    const settings = await directory.byShopDomain(domain);
    expect(settings).toEqual({
      ...{ merchantId: id, shopDomain: domain, webhookSecrets: ['hush'], currency: 'JPY', defaultLocale: 'en' },
      ...{ earningRule: { points: 1, perMinorUnits: 100 }, retentionDays: 180, rateLimitPerSecond: 40 },
      ...{ tierBonuses: new Map(), overdraft: { tillSpends: 'refuse', clawBacks: 'forgive' } },
      customerValidation: 'core',
    });
    expect(await directory.byId(id)).toEqual(settings);
  });

  test('serves a merchant at once who was added a moment ago', async () => {
    const { directory } = await started();
    for (let n = 0; n < 20; n += 1) {
      const { domain, id } = await insert(merchantDocument());
      expect((await directory.byShopDomain(domain))?.merchantId).toBe(id);
    }
  });

  test('knows of a change, and of a removal, without being asked to look', async () => {
    const { domain, id } = await insert(merchantDocument());
    const { directory } = await started();
    await change(id, { webhook_secrets: ['new', 'hush'] });
    const secrets = async () => (await directory.byShopDomain(domain))?.webhookSecrets;
    await until('the new secret is known', async () => (await secrets())?.length === 2, 5_000);
    expect(await secrets()).toEqual(['new', 'hush']);
    await connection.database.collection('merchants').deleteOne({ merchant_id: new UUID(id) });
    await until('the merchant is gone', async () => (await directory.byId(id)) === undefined, 5_000);
  });

  test('knows of another rate limit without being asked to look', async () => {
    const { domain, id } = await insert(merchantDocument({ rate_limit_per_second: 250 }));
    const { directory } = await started();
    const limit = async () => (await directory.byShopDomain(domain))?.rateLimitPerSecond;
    expect(await limit()).toBe(250);
    await change(id, { rate_limit_per_second: 1 });
    await until('the new limit is known', async () => (await limit()) === 1, 5_000);
  });

  test('keeps what it has when a document becomes unusable, and logs no secret', async () => {
    const { domain, id } = await insert(merchantDocument());
    const { directory, lines } = await started();
    await change(id, { currency: 'XXY', webhook_secrets: ['very-secret'] }, { bypassDocumentValidation: true });
    await until('it is logged', () => lines.length > 0, 5_000);
    expect(lines[0]).toEqual({ merchant_id: id, faults: ['currency must be an ISO 4217 code'] });
    expect((await directory.byShopDomain(domain))?.webhookSecrets).toEqual(['hush']);
  });

  test('remembers for a second that a shop is unknown', async () => {
    const { directory, time } = createDirectory();
    const document = merchantDocument();
    const domain: string = document['shop_domain'];
    expect(await directory.byShopDomain(domain)).toBeUndefined();
    await insert(document);
    time.now += 999;
    expect(await directory.byShopDomain(domain)).toBeUndefined();
    time.now += 2;
    expect(await directory.byShopDomain(domain)).toBeDefined();
  });

  test('asks once for many who look for one shop at the same moment', async () => {
    const asked = await countFinds(async (monitored) => {
      const directory = createMerchantDirectory({
        connection: monitored,
        logger: silentLogger,
        clock: { now: () => 1_000 },
      });
      const answers = await Promise.all(
        Array.from({ length: 100 }, () => directory.byShopDomain('nobody.myshopify.com')),
      );
      expect(answers.every((settings) => settings === undefined)).toBe(true);
    });
    expect(asked).toBe(1);
  });

  test('loads many with one query, and leaves out who does not exist', async () => {
    const merchants = await Promise.all([insert(merchantDocument()), insert(merchantDocument())]);
    const { directory } = createDirectory();
    const stranger = new UUID().toString();
    const loaded = await directory.load([...merchants.map(({ id }) => id), stranger, 'no UUID']);
    expect([...loaded.keys()].sort()).toEqual(merchants.map(({ id }) => id).sort());
    expect(await directory.load([])).toEqual(new Map());
  });

  test('goes on after the collection was dropped and made again', async () => {
    const own = await preparedDatabase(sharedServers().mongo, onTestFinished);
    const directory = createMerchantDirectory({ connection: own, logger: silentLogger, clock: { now: () => 1_000 } });
    onTestFinished(() => directory.close());
    const document = merchantDocument();
    const domain: string = document['shop_domain'];
    await own.database.collection('merchants').insertOne({ ...document });
    await directory.start();
    await own.database.collection('merchants').drop();
    await until('the merchant is gone', async () => (await directory.byShopDomain(domain)) === undefined, 5_000);
    await own.database.collection('merchants').insertOne({ ...document, currency: 'EUR' });
    const currency = async () => (await directory.byShopDomain(domain))?.currency;
    await until('the merchant is back', async () => (await currency()) === 'EUR', 5_000);
  });
});

/** How many finds on `merchants` a piece of work sends. */
const countFinds = async (work: (monitored: MongoConnection) => Promise<void>): Promise<number> => {
  let finds = 0;
  const { MongoClient } = await import('mongodb');
  const client = new MongoClient(sharedServers().mongo, { monitorCommands: true });
  onTestFinished(() => client.close());
  client.on('commandStarted', ({ commandName }) => {
    if (commandName === 'find') finds += 1;
  });
  await work({ ...connection, client, database: client.db(connection.database.databaseName) });
  return finds;
};
