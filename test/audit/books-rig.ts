import { randomUUID } from 'node:crypto';
import { type Document, UUID } from 'mongodb';
import { createKafka, createGroupOffsets } from '../../src/adapters/kafka/index.ts';
import { createLedgerBook, createLedgerStore, createRedemptionBook } from '../../src/adapters/mongo/index.ts';
import { createBalanceCache, createCacheBook } from '../../src/adapters/redis/index.ts';
import { createRegistry } from '../../src/adapters/registry/index.ts';
import { loadConfig } from '../../src/app/index.ts';
import { verify, type VerifyOptions } from '../../src/app/operators/verify.ts';
import type { Fault, VerifyParts, VerifyReport } from '../../src/audit/index.ts';
import { silentLogger } from '../../src/common/logger.ts';
import type { AuditEntry } from '../../src/contracts/index.ts';
import { kafkaRig, type OnEnd } from '../streams/kafka-rig.ts';
import { auditEntry } from '../support/audit-entries.ts';
import { preparedDatabase } from '../support/mongo-database.ts';
import { redisConnection } from '../support/redis-connection.ts';
import { sharedServers } from '../support/servers.ts';

const partitions = 4;

export type Tamper = (entries: readonly AuditEntry[]) => readonly AuditEntry[];
export const asTheyAre: Tamper = (entries) => entries;

/** An account's entries: ten points each, and the third takes four. */
export const accountOf = (merchant_id: string, customer_id: string = randomUUID()): readonly AuditEntry[] =>
  [
    { type: 'earn', points: 10, balance_after: 10 } as const,
    { type: 'earn', points: 10, balance_after: 20 } as const,
    { type: 'spend', points: 4, balance_after: 16 } as const,
  ].map((each, index) =>
    auditEntry({ ...each, merchant_id, customer_id, sequence: index + 1, event_type: 'order.created' }),
  );

/** Books on real servers, in topics, a database and keys of their own. Who writes them is the test. */
export const booksRig = async (onEnd: OnEnd) => {
  const { brokers, registry, mongo, redis } = sharedServers();
  const rig = await kafkaRig(onEnd, { partitions });
  const names = { audit: rig.topics.in, balances: rig.topics.out };
  const connection = await preparedDatabase(mongo, onEnd);
  const cacheRedis = await redisConnection(redis.cache, onEnd);
  const serdes = createRegistry({ url: registry });
  const audit = await serdes.serde(names.audit, 'AuditEntry');
  const balances = await serdes.serde(names.balances, 'PointsBalance');
  const transactions = connection.database.collection('points_transactions');
  const redemptions = connection.database.collection('reward_redemptions');
  const config = loadConfig(
    {
      ...{
        KAFKA_BROKER: brokers.join(),
        SCHEMA_REGISTRY_URL: registry,
        POINTS_DB_HOST: mongo,
        REDIS_HOST: redis.cache,
      },
      ...{ POINTS_DB_NAME: connection.database.databaseName, POINTS_APPLICATION_ID: rig.id },
    },
    ['verify'],
  );
  const partitionOf = (merchantId: string): number => rig.supplier.partitionOf(Buffer.from(merchantId), partitions);
  const kafka = createKafka({ brokers, clientId: rig.id, logger: silentLogger });

  const send = async (topic: string, merchantId: string, key: string, value: Buffer): Promise<void> => {
    const record = { key: Buffer.from(key), value, timestamp: Date.now(), headers: {} };
    await rig.send(topic, partitionOf(merchantId), [record]);
  };
  const toAudit = async (entries: readonly AuditEntry[]): Promise<void> => {
    for (const entry of entries) await send(names.audit, entry.merchant_id, entry.merchant_id, audit.serialize(entry));
  };
  const toBalances = async (entries: readonly AuditEntry[]): Promise<void> => {
    for (const { merchant_id, customer_id, sequence, balance_after, created_at } of entries) {
      const value = { merchant_id, customer_id, sequence, balance: balance_after, schema_version: '1.0.0' };
      const bytes = balances.serialize({ ...value, updated_at: created_at, correlation_id: 'c' });
      await send(names.balances, merchant_id, `${merchant_id}:${customer_id}`, bytes);
    }
  };
  const toLedger = async (entries: readonly AuditEntry[]): Promise<void> => {
    const store = createLedgerStore({ connection, clock: { now: () => Date.now() }, logger: silentLogger });
    const refused = await store.append(entries);
    if (refused.length > 0) throw new RangeError(JSON.stringify(refused));
  };
  const toCache = (entries: readonly AuditEntry[]): Promise<void> =>
    createBalanceCache({ connection: cacheRedis }).putIfNewer(
      entries.map(({ merchant_id, customer_id, sequence, balance_after }) => ({
        ...{ merchantId: merchant_id, customerId: customer_id, sequence, balance: balance_after },
      })),
    );
  /** The projections say that they have read everything. */
  const catchUp = async (names_: readonly ('ledger' | 'balances' | 'redemptions')[]): Promise<void> => {
    for (const name of names_) {
      const topic = name === 'balances' ? names.balances : names.audit;
      const group = createGroupOffsets(kafka, `${rig.id}-${name}`);
      await group.connect();
      const ends = await Promise.all(
        Array.from({ length: partitions }, async (_, partition) => ({
          ...{ topic, partition, offset: await rig.admin.endOffset({ topic, partition }) },
        })),
      );
      await group.commit(ends);
      await group.close();
    }
  };

  return {
    ...{
      rig,
      names,
      connection,
      transactions,
      redemptions,
      partitionOf,
      toAudit,
      toBalances,
      toLedger,
      toCache,
      catchUp,
    },
    sendRaw: send,
    cache: cacheRedis.client,
    serializeAudit: (entry: AuditEntry) => audit.serialize(entry),
    /** Writes entries into every book; each can be told otherwise. */
    write: async (
      entries: readonly AuditEntry[],
      { inAudit = asTheyAre, inBalances = asTheyAre }: { readonly inAudit?: Tamper; readonly inBalances?: Tamper } = {},
    ): Promise<void> => {
      await toAudit(inAudit(entries));
      await toLedger(entries.filter(({ kind }) => kind === 'ledger'));
      await toBalances(inBalances(entries.filter(({ kind }) => kind === 'ledger')));
      await toCache(entries.filter(({ kind }) => kind === 'ledger'));
    },
    /** The ledger's document of an entry. */
    lineOf: ({ merchant_id, event_id }: AuditEntry): Document => ({
      ...{ merchant_id: new UUID(merchant_id), event_id: new UUID(event_id) },
    }),
    verify: async (options: VerifyOptions = {}): Promise<VerifyReport> => {
      await catchUp(['ledger', 'balances', 'redemptions']);
      return verify(config, silentLogger, { topics: names, timeoutMs: 5_000, ...options });
    },
    /** What `verify` compares, for a test that puts something between. */
    parts: async (): Promise<Omit<VerifyParts, 'projections' | 'partitions'>> => ({
      trail: {
        admin: rig.admin,
        audit: { topic: names.audit, serde: audit },
        balances: { topic: names.balances, serde: balances },
      },
      partitionOf,
      ledger: createLedgerBook(connection),
      redemptions: createRedemptionBook(connection),
      cache: createCacheBook(cacheRedis),
    }),
    /** Without telling that projections have caught up. */
    verifyAsItIs: (options: VerifyOptions = {}): Promise<VerifyReport> =>
      verify(config, silentLogger, { topics: names, timeoutMs: 500, ...options }),
  };
};

export type BooksRig = Awaited<ReturnType<typeof booksRig>>;

/** A fault without its ids, which are new in every run. */
export const saying = ({ place, what }: Fault): string =>
  `${place}: ${what.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID')}`;
