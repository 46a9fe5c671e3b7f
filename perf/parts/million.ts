import { topics } from '../../src/contracts/index.ts';
import { layBacklog } from '../rig/backlog.ts';
import { type ManyAccounts, someOf } from '../rig/accounts.ts';
import { OrderBook } from '../rig/orders.ts';
import { checkOutputs } from '../rig/outputs.ts';
import { startProcessor } from '../rig/processor.ts';
import { untilCommitted } from '../rig/progress.ts';
import { watchMemory } from '../rig/memory.ts';
import type { Run } from '../rig/run.ts';
import { say } from '../rig/say.ts';
import { freshWorld } from '../rig/world.ts';
import { fillStores } from './fill.ts';

export interface MillionResult {
  /** The most that was resident while orders were decided on all accounts. */
  readonly rssMib: number;
  /** The same of the process after the kill alone, which had its stores on disk. */
  readonly rssAfterKillMib: number;
  /** The most while the stores were built from the changelogs. */
  readonly rssRestoringMib: number;
  /** From kill -9, and a new process at once, until every task runs; on the same disk. */
  readonly restoreSeconds: number;
  /** From the start of a process that has no disk until every task runs. */
  readonly restoreWithoutDiskSeconds: number;
  /** Entries in the stores, of all kinds. */
  readonly entries: number;
  /** Events a second decided on so many accounts, before the kill. */
  readonly pointsPerSecond: number;
}

const killAtShare = 0.5;
/** Customers who order: their accounts lie anywhere among all. */
const activeShare = 0.05;

/** A million accounts and a million dedupe ids: what they take in memory, and how soon a killed process is back. */
export async function measureMillion({ servers, sizes, checks, closers }: Run): Promise<MillionResult> {
  const world = await freshWorld(servers, 'million');
  const groupId = `${world.applicationId}-points`;
  // Makes the changelogs, and is gone.
  const first = startProcessor(world, ['points']);
  closers.add(null, () => first.end());
  await first.ready();
  await first.end();

  const accounts: ManyAccounts = { count: sizes.accounts, seed: 8, merchants: world.merchants };
  await fillStores(world, accounts);
  say(`changelogs hold ${sizes.accounts} accounts and as many dedupe ids`);

  const restoring = performance.now();
  const second = startProcessor(world, ['points']);
  closers.add(null, () => second.end('SIGKILL'));
  const whileRestoring = watchMemory(second);
  await second.ready();
  const restoreWithoutDiskSeconds = (performance.now() - restoring) / 1_000;
  const rssRestoringMib = whileRestoring.most();
  say(`restored from the changelogs in ${restoreWithoutDiskSeconds.toFixed(1)} s`);

  const active = someOf(accounts, Math.round(1 / activeShare));
  const held = active.map(({ account, state }) => [account, state] as const);
  const ordering = active.map(({ customer }) => customer);
  const book = new OrderBook(10, { orders: 0, expected: held });
  const orders = (): Promise<Awaited<ReturnType<typeof layBacklog>>> =>
    layBacklog(world, book.ordersOf(sizes.accountEvents, ordering, Date.now()));

  const load = await orders();
  const underLoad = watchMemory(second);
  const began = await load.release();
  const ended = await untilCommitted(world, groupId, topics.ingest.name, load.stretches);
  const pointsPerSecond = (sizes.accountEvents * 1_000) / (ended - began);

  const more = await orders();
  await more.release();
  const half = Promise.withResolvers<undefined>();
  const all = untilCommitted(world, groupId, topics.ingest.name, more.stretches, {
    share: killAtShare,
    tell: () => half.resolve(undefined),
  });
  await Promise.race([half.promise, all]);
  const rssBeforeKill = underLoad.most();
  const killed = performance.now();
  await second.end('SIGKILL');
  const third = startProcessor(world, ['points']);
  closers.add(null, () => third.end());
  await third.ready();
  const restoreSeconds = (performance.now() - killed) / 1_000;
  say(`back after kill -9 in ${restoreSeconds.toFixed(1)} s`);
  const afterwards = watchMemory(third);
  await all;
  const rssAfterKill = afterwards.most();
  await third.end();

  const before = new Map(held);
  const ordered = [...book.expected].filter(([account, { sequence }]) => sequence !== before.get(account)?.sequence);
  await checkOutputs(checks, 'million', world, book.orders, new Map(ordered));
  await world.close();
  return {
    ...{
      rssMib: Math.max(rssBeforeKill, rssAfterKill),
      rssAfterKillMib: rssAfterKill,
      rssRestoringMib,
      restoreSeconds,
      restoreWithoutDiskSeconds,
      pointsPerSecond,
    },
    entries: 2 * sizes.accounts,
  };
}
