import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { Binary, Long, UUID } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLedgerStore, type MongoConnection } from '../../src/adapters/mongo/index.ts';
import { silentLogger } from '../../src/common/logger.ts';
import { customerIdOf } from '../../src/domain/index.ts';
import { auditEntries } from '../support/audit-entries.ts';
import { preparedDatabase } from '../support/mongo-database.ts';
import { sharedServers, temporaryFolder } from '../support/servers.ts';

const merchantId = '6f1f64b4-3c5f-4c0e-9b52-1f6b8f0c2a11';
const shopifyId = '115310627314723954';
const customerId = customerIdOf(merchantId, shopifyId);
const redemption = new UUID();

let connection: MongoConnection;

beforeAll(async () => {
  connection = await preparedDatabase(sharedServers().mongo, afterAll);
  const store = createLedgerStore({ connection, clock: { now: () => 0 }, logger: silentLogger });
  await store.append(auditEntries(3, { merchant_id: merchantId, customer_id: customerId }));
  await store.append(auditEntries(2, { merchant_id: merchantId }));
  const own = { merchant_id: new UUID(merchantId), customer_id: new UUID(customerId) };
  const options = { bypassDocumentValidation: true };
  const { database } = connection;
  await database
    .collection('reward_redemptions')
    .insertOne(
      { ...own, idempotency_token: redemption, reward_id: new UUID(), points: Long.fromNumber(2 ** 40) },
      options,
    );
  await database
    .collection('pos_offline_queue')
    .insertOne({ ...own, idempotency_token: new UUID(), command: new Binary(Buffer.from('bytes')) }, options);
});

const run = async (...args: readonly string[]) => {
  const commandLine = path.resolve(import.meta.dirname, '../../src/ops/cli.ts');
  const env = { PATH: process.env['PATH'] ?? '', POINTS_DB_HOST: sharedServers().mongo };
  const child = spawn(process.execPath, [commandLine, 'compliance', 'export', ...args], {
    env: { ...env, POINTS_DB_NAME: connection.database.databaseName },
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { stdout, stderr, code: code as number };
};

describe('points compliance export', () => {
  test.each([customerId.toUpperCase(), shopifyId])('writes all that is held of %s, and of nobody else', async (id) => {
    const { stdout, stderr, code } = await run('--merchant', merchantId, '--customer', id);
    expect([code, stderr]).toEqual([0, '']);
    const exported = JSON.parse(stdout) as Record<string, Record<string, unknown>[]>;
    expect(exported).toMatchObject({
      ...{ merchant_id: merchantId, customer_id: customerId, balance: 30 },
      transactions: [1, 2, 3].map((sequence) => ({
        ...{ customer_id: customerId, sequence, order_id: '820982911946154508' },
        created_at: '2026-01-31T12:30:15.250Z',
      })),
      redemptions: [{ idempotency_token: redemption.toString(), points: 2 ** 40 }],
      waiting: [{ command: Buffer.from('bytes').toString('base64') }],
    });
    expect(exported['transactions']).toHaveLength(3);
  });

  test('writes to a file that only its owner may read, and over none', async () => {
    const file = path.join(await temporaryFolder('export'), 'customer.json');
    const { stdout } = await run('--merchant', merchantId, '--customer', shopifyId, '--out', file);
    expect(stdout).toBe(`${file}: 3 transactions, 1 redemptions, 1 waiting\n`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ customer_id: customerId });
    const again = await run('--merchant', merchantId, '--customer', shopifyId, '--out', file);
    expect([again.code, again.stderr]).toEqual([
      1,
      `points: The export cannot be written to ${file}; a file that is there already is not overwritten\n`,
    ]);
  });

  test('says of a stranger that nothing is held', async () => {
    const { stdout, code } = await run('--merchant', merchantId, '--customer', '5');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ balance: null, transactions: [], redemptions: [], waiting: [] });
  });

  test.each([
    [['--merchant', 'mine', '--customer', '5'], 'It is a UUID.'],
    [['--merchant', merchantId, '--customer', 'jane@example.com'], 'It is a UUID, or Shopify’s id'],
    [['--merchant', merchantId], "required option '--customer <id>' not specified"],
  ])('refuses %j', async (args, reason) => {
    const { stderr, code } = await run(...args);
    expect(code).toBe(1);
    expect(stderr).toContain(reason);
  });
});
