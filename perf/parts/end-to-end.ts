import { layBacklog } from '../rig/backlog.ts';
import { wrongAccounts } from '../rig/outputs.ts';
import type { Run } from '../rig/run.ts';
import { say } from '../rig/say.ts';
import { cachedAccounts, checkProjections, type RunningService } from './service.ts';
import { pause } from '../rig/pause.ts';

const pollMs = 20;
const withinMs = 180_000;

/** Until the ledger has every entry and Redis every account's newest balance. @returns when, by `performance.now()` */
export async function untilProjected({ world, book }: RunningService): Promise<number> {
  const accounts = [...book.expected.keys()];
  const ledger = world.servers.mongo.db(world.database).collection('points_transactions');
  for (const began = performance.now(); ; await pause(pollMs)) {
    // Told from the collection's metadata: counting the documents themselves would be work for the server that is measured.
    const entries = await ledger.estimatedDocumentCount();
    const cached = entries < book.orders ? null : await cachedAccounts(world, accounts);
    const now = performance.now();
    if (cached !== null && wrongAccounts(book.expected, (account) => cached.get(account)) === 0) return now;
    if (now - began > withinMs) {
      throw new Error(`The ledger stands at ${entries} of ${book.orders}, or balances in Redis are not there`);
    }
  }
}

/** All topologies in one process, from a backlog until MongoDB and Redis hold everything. @returns events a second */
export async function measureEndToEnd({ sizes, checks, servers }: Run, service: RunningService): Promise<number> {
  const { world, book, customers } = service;
  const run = async (orders: number): Promise<number> => {
    const backlog = await layBacklog(world, book.ordersOf(orders, customers, Date.now()));
    const began = await backlog.release();
    const ended = await untilProjected(service);
    return (orders * 1_000) / (ended - began);
  };
  await run(sizes.warmUp);
  const perSecond = await run(sizes.endToEnd);
  say(`end to end ${perSecond.toFixed(0)}/s`);
  await checkProjections(checks, 'end to end', service);
  // The marks of so many orders at once are more than its memory was cut for, and nobody asks for them here.
  await servers.state.flushall();
  return perSecond;
}
