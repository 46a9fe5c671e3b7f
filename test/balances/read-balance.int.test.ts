import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createLedgerReader, createLedgerStore, type MongoConnection } from '../../src/adapters/mongo/index.ts';
import { createBalanceCache, type RedisConnection } from '../../src/adapters/redis/index.ts';
import { type BalanceSource, createBalanceReader } from '../../src/balances/index.ts';
import type { LedgerReader } from '../../src/balances/ports.ts';
import { silentLogger } from '../../src/common/logger.ts';
import type { AuditEntry, PointsBalance } from '../../src/contracts/index.ts';
import { writeBalances, writeLedger } from '../../src/sinks/index.ts';
import { auditEntries } from '../support/audit-entries.ts';
import { preparedDatabase } from '../support/mongo-database.ts';
import { redisConnection } from '../support/redis-connection.ts';
import { sharedServers } from '../support/servers.ts';
import { until } from '../support/until.ts';

let mongo: MongoConnection;
let redis: RedisConnection;
let sources: BalanceSource[] = [];

beforeAll(async () => {
  mongo = await preparedDatabase(sharedServers().mongo, afterAll);
  // A database of its own within Redis, so that it can be flushed.
  redis = await redisConnection(`${sharedServers().redis.cache}/9`, afterAll);
});

beforeEach(() => {
  sources = [];
});

const createReader = (ledger: LedgerReader = createLedgerReader({ connection: mongo })) =>
  createBalanceReader({
    cache: createBalanceCache({ connection: redis }),
    ledger,
    observe: (source) => sources.push(source),
    logger: silentLogger,
    clock: { now: () => performance.now() },
  });

const balanceRecord = (entry: AuditEntry): PointsBalance => ({
  merchant_id: entry.merchant_id,
  customer_id: entry.customer_id,
  balance: entry.balance_after,
  sequence: entry.sequence,
  schema_version: entry.schema_version,
  updated_at: entry.created_at,
  correlation_id: entry.correlation_id,
});

const project = async (entries: readonly AuditEntry[]): Promise<void> => {
  const store = createLedgerStore({ connection: mongo, clock: { now: () => 1_000 }, logger: silentLogger });
  await writeLedger({ store, sleep: () => Promise.resolve() }, entries);
};

const cacheBalances = (entries: readonly AuditEntry[]): Promise<void> =>
  writeBalances({ cache: createBalanceCache({ connection: redis }) }, entries.map(balanceRecord));

describe('reading a balance from Redis and MongoDB', () => {
  test('finds what the projections wrote, with Redis or without', async () => {
    const entries = auditEntries(3);
    const { merchant_id: merchantId, customer_id: customerId } = entries[0]!;
    await project(entries);
    await cacheBalances(entries);
    const reader = createReader();
    const balance = { merchantId, customerId, balance: 30, sequence: 3 };
    expect(await reader.read(merchantId, customerId)).toEqual(balance);

    await redis.client.flushdb();
    expect(await reader.read(merchantId, customerId)).toEqual(balance);
    const key = `cache:${merchantId}:${customerId}:points`;
    await until('Redis holds it again', async () => (await redis.client.exists(key)) === 1, 2_000);
    expect(await redis.client.get(key)).toBe('{"balance":30,"sequence":3}');
    expect(await reader.read(merchantId, customerId)).toEqual(balance);
    expect(sources).toEqual(['hit', 'miss', 'hit']);
  });

  test('does not put an old balance over the one that was written while it read', async () => {
    const entries = auditEntries(2);
    const { merchant_id: merchantId, customer_id: customerId } = entries[0]!;
    await project(entries.slice(0, 1));
    const hasRead = Promise.withResolvers<unknown>();
    const mayAnswer = Promise.withResolvers<unknown>();
    const ledger = createLedgerReader({ connection: mongo });
    const slow = createReader({
      async newestBalance(merchant, customer) {
        const balance = await ledger.newestBalance(merchant, customer);
        hasRead.resolve(undefined);
        await mayAnswer.promise;
        return balance;
      },
    });
    const reading = slow.read(merchantId, customerId);
    await hasRead.promise;
    await project(entries);
    await cacheBalances(entries);
    mayAnswer.resolve(undefined);
    expect((await reading).sequence).toBe(1);
    // The refill is sent behind the reader's back, on the connection that this command goes after it.
    await redis.ping();
    expect(await createReader().read(merchantId, customerId)).toMatchObject({ balance: 20, sequence: 2 });
  });

  test('answers 0 for a customer nobody has heard of, and their first points at once', async () => {
    const entries = auditEntries(1);
    const { merchant_id: merchantId, customer_id: customerId } = entries[0]!;
    const reader = createReader();
    expect(await reader.read(merchantId, customerId)).toMatchObject({ balance: 0, sequence: 0 });
    await project(entries);
    expect(await reader.read(merchantId, customerId)).toMatchObject({ balance: 10, sequence: 1 });
  });
});
