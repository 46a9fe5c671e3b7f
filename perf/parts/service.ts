import type { Document } from 'mongodb';
import { processorTopologies } from '../../src/app/processor.ts';
import { topics } from '../../src/contracts/index.ts';
import type { Checks } from '../rig/checks.ts';
import { type BenchCustomer, benchCustomers, type ExpectedAccount, OrderBook } from '../rig/orders.ts';
import { readCommitted, wrongAccounts } from '../rig/outputs.ts';
import { type Processor, startProcessor } from '../rig/processor.ts';
import type { Run } from '../rig/run.ts';
import { latencyCustomers } from '../rig/sizes.ts';
import { freshWorld, type World } from '../rig/world.ts';

/** The processor with all topologies, as production runs it, and what it must have come to. */
export interface RunningService {
  readonly world: World;
  readonly processor: Processor;
  readonly book: OrderBook;
  readonly customers: readonly BenchCustomer[];
}

export async function startService({ servers, closers, profileDir }: Run): Promise<RunningService> {
  const world = await freshWorld(servers, 'service');
  const processor = startProcessor(world, processorTopologies, profileDir);
  closers.add(null, () => processor.end());
  await processor.ready();
  const customers = benchCustomers(latencyCustomers, world.merchants, 4);
  return { world, processor, book: new OrderBook(3), customers };
}

export const balanceKey = (account: string): string => `cache:${account}:points`;

/** Accounts as Redis holds them. */
export async function cachedAccounts(
  { servers: { cache } }: World,
  accounts: readonly string[],
): Promise<ReadonlyMap<string, ExpectedAccount>> {
  const values = accounts.length === 0 ? [] : await cache.mget(accounts.map(balanceKey));
  const held = new Map<string, ExpectedAccount>();
  for (const [index, value] of values.entries()) {
    if (value !== null) held.set(accounts[index] ?? '', JSON.parse(value) as ExpectedAccount);
  }
  return held;
}

export const ledgerCount = ({ servers: { mongo }, database }: World): Promise<number> =>
  mongo.db(database).collection('points_transactions').countDocuments();

/** Accounts as the sum of the ledger's entries, and the newest sequence of each. */
async function ledgerAccounts({ servers: { mongo }, database }: World): Promise<ReadonlyMap<string, ExpectedAccount>> {
  const _id = { merchant: '$merchant_id', customer: '$customer_id' };
  const group: Document = { _id, balance: { $sum: '$points' }, sequence: { $max: '$sequence' } };
  const rows = await mongo
    .db(database)
    .collection('points_transactions')
    .aggregate([{ $group: group }])
    .toArray();
  return new Map(
    rows.map(({ _id: id, balance, sequence }) => [
      `${String(id.merchant)}:${String(id.customer)}`,
      { balance: Number(balance), sequence: Number(sequence) },
    ]),
  );
}

/** Every order is in the ledger once, and ledger and Redis hold what each account must come to. */
export async function checkProjections(checks: Checks, part: string, service: RunningService): Promise<void> {
  const { world, book } = service;
  const ledger = await ledgerAccounts(world);
  const cached = await cachedAccounts(world, [...book.expected.keys()]);
  checks.equal(part, 'ledger entries in MongoDB', await ledgerCount(world), book.orders);
  checks.equal(
    part,
    'wrong sums in MongoDB',
    wrongAccounts(book.expected, (account) => ledger.get(account)),
    0,
  );
  checks.equal(
    part,
    'wrong balances in Redis',
    wrongAccounts(book.expected, (account) => cached.get(account)),
    0,
  );
  checks.equal(part, 'dead letters', await readCommitted(world, topics.deadLetters.name), 0);
}
