import type { Redis } from 'ioredis';
import type { Collection, MongoClient, UUID } from 'mongodb';
import type { BalanceClient } from '../../src/ops/dev/balance-client.ts';
import { outsideAvro } from './avro-outside.ts';
import type { CustomerBalance, EarnedRow, GroupLag, LedgerRow } from './checker.ts';
import type { OutsideKafka, OutsideRecord } from './kafka-outside.ts';

interface LedgerDocument {
  readonly merchant_id: UUID;
  readonly customer_id: UUID;
  readonly event_id: UUID;
  readonly points: number;
  readonly type: string;
  readonly sequence: number;
  readonly balance_after: number;
}

/** The ledger by the plain driver. */
export const ledgerOf = (client: MongoClient, database: string): Collection<LedgerDocument> =>
  client.db(database).collection<LedgerDocument>('points_transactions');

export const readLedger = async (ledger: Collection<LedgerDocument>): Promise<readonly LedgerRow[]> =>
  (await ledger.find().toArray()).map((document) => ({
    merchantId: document.merchant_id.toString(),
    customerId: document.customer_id.toString(),
    eventId: document.event_id.toString(),
    points: document.points,
    type: document.type,
    sequence: document.sequence,
    balanceAfter: document.balance_after,
  }));

/** Values of a topic, decoded by what the registry says. */
const decodeAll = async <Row>(
  registry: string,
  records: readonly OutsideRecord[],
  rowOf: (value: Record<string, unknown>, record: OutsideRecord) => Row,
): Promise<readonly Row[]> => {
  const avro = outsideAvro(registry);
  const rows: Row[] = [];
  for (const record of records) rows.push(rowOf(await avro.decode(record.value), record));
  return rows;
};

const entryOf = (value: Record<string, unknown>) => ({
  merchantId: String(value['merchant_id']),
  customerId: String(value['customer_id']),
  eventId: String(value['event_id']),
  points: Number(value['points']),
});

export const decodeEarned = (registry: string, records: readonly OutsideRecord[]): Promise<readonly EarnedRow[]> =>
  decodeAll(registry, records, (value, { key }) => ({ ...entryOf(value), key }));

export const decodeAudit = (registry: string, records: readonly OutsideRecord[]): Promise<readonly LedgerRow[]> =>
  decodeAll(registry, records, (value) => ({
    ...entryOf(value),
    type: String(value['type']),
    sequence: Number(value['sequence']),
    balanceAfter: Number(value['balance_after']),
  }));

/**
 * How many records each group has still to read on each partition that holds any. Counted in records that a reader
 * sees: behind the last of them there are marks of transactions, which nobody reads.
 */
export const lagsOf = async (
  kafka: OutsideKafka,
  topics: ReadonlyMap<string, readonly OutsideRecord[]>,
): Promise<readonly GroupLag[]> => {
  const committed = await kafka.committed();
  return [...topics].flatMap(([topic, records]) =>
    [...new Set(records.map(({ partition }) => partition))].flatMap((partition): readonly GroupLag[] => {
      const groups = committed.filter((one) => one.topic === topic && one.partition === partition);
      if (groups.length === 0) return [{ group: 'nobody', topic, partition, lag: null }];
      return groups.map(({ group, offset }) => {
        const unread = records.filter((record) => record.partition === partition && record.offset >= (offset ?? 0));
        return { group, topic, partition, lag: offset === null ? null : unread.length };
      });
    }),
  );
};

/** Asks for every customer over gRPC, with their merchant's token. */
export const readServed = async (
  client: BalanceClient,
  customers: readonly Omit<CustomerBalance, 'balance'>[],
  tokens: ReadonlyMap<string, string>,
): Promise<readonly CustomerBalance[]> => {
  const served: CustomerBalance[] = [];
  for (const { merchantId, customerId } of customers) {
    const token = tokens.get(merchantId) ?? '';
    const { balance } = await client.read({ merchantId, customerId, locale: 'en', token });
    served.push({ merchantId, customerId, balance });
  }
  return served;
};

/** Balances in Redis; what it has forgotten is absent. */
export const readCached = async (
  redis: Redis,
  customers: readonly Omit<CustomerBalance, 'balance'>[],
): Promise<readonly CustomerBalance[]> => {
  const keys = customers.map(({ merchantId, customerId }) => `cache:${merchantId}:${customerId}:points`);
  const values = await redis.mget(keys);
  return customers.flatMap((customer, index) => {
    const text = values[index];
    if (text === null || text === undefined) return [];
    return [{ ...customer, balance: (JSON.parse(text) as { readonly balance: number }).balance }];
  });
};
