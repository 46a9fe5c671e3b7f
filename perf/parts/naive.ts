import { join } from 'node:path';
import { topics } from '../../src/contracts/index.ts';
import type { NaiveAnswer, NaiveQuestion } from '../peers/naive.ts';
import { layBacklog } from '../rig/backlog.ts';
import { startChild } from '../rig/child.ts';
import { benchCustomers, OrderBook } from '../rig/orders.ts';
import { wrongAccounts } from '../rig/outputs.ts';
import type { Run } from '../rig/run.ts';
import { say } from '../rig/say.ts';
import { customerCount } from '../rig/sizes.ts';
import { freshWorld } from '../rig/world.ts';

const script = join(import.meta.dirname, '..', 'peers', 'naive.ts');
const warmUpShare = 0.25;

/** The naive peer on the same input. @returns events a second */
export async function measureNaive({ servers, sizes, checks, closers }: Run): Promise<number> {
  const world = await freshWorld(servers, 'naive');
  const { addresses, mongo, state } = servers;
  const book = new OrderBook(6);
  const warmUp = Math.round(sizes.naive * warmUpShare);
  const orders = sizes.naive + warmUp;
  const customers = benchCustomers(customerCount, world.merchants, 7);
  const backlog = await layBacklog(world, book.ordersOf(orders, customers, Date.now()));
  await backlog.release();

  const peer = startChild(script, { logFile: world.logFile('naive') });
  closers.add(null, () => peer.end());
  const { seconds } = await peer.ask<NaiveAnswer>({
    ...{ brokers: [...addresses.brokers], registry: addresses.registry, mongo: addresses.mongo },
    ...{ database: world.database, redis: addresses.redis.state, topic: topics.ingest.name, orders, warmUp },
  } satisfies NaiveQuestion);
  await peer.end();
  const perSecond = sizes.naive / seconds;
  say(`naive ${perSecond.toFixed(0)}/s`);

  const database = mongo.db(world.database);
  checks.equal('naive', 'transactions', await database.collection('transactions').countDocuments(), orders);
  const balances = new Map(
    (await database.collection('balances').find().toArray()).map((row) => [
      `${String(row['merchant_id'])}:${String(row['customer_id'])}`,
      Number(row['balance']),
    ]),
  );
  // It has no sequences: only what the balance came to can be compared.
  const wrong = wrongAccounts(book.expected, (account) => {
    const balance = balances.get(account);
    return balance === undefined ? undefined : { balance, sequence: book.expected.get(account)?.sequence ?? 0 };
  });
  checks.equal('naive', 'wrong balances', wrong, 0);
  await state.flushall();
  await world.close();
  return perSecond;
}
