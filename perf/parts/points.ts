import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { topics } from '../../src/contracts/index.ts';
import { layBacklog, type Stretch } from '../rig/backlog.ts';
import { benchCustomers, OrderBook } from '../rig/orders.ts';
import { checkOutputs } from '../rig/outputs.ts';
import { startProcessor } from '../rig/processor.ts';
import { untilCommitted } from '../rig/progress.ts';
import { type Run, type Spread, spreadOf } from '../rig/run.ts';
import { say } from '../rig/say.ts';
import { monotonicMs } from '../rig/schedule.ts';
import { customerCount } from '../rig/sizes.ts';
import { freshWorld } from '../rig/world.ts';
import { startRawCopy } from './copy.ts';

/** Records, or events, a second. */
export interface PointsResult {
  readonly copyPlain: Spread;
  readonly copyTransactional: Spread;
  readonly points: Spread;
  readonly recordsPerCommit: number;
  /** From taking up a micro-batch to its commit. */
  readonly msPerCommit: number;
}

const rounded = (values: readonly number[]): string => values.map((value) => value.toFixed(0)).join(', ');

/**
 * The points topology alone, from a backlog to committed outputs, and around it the ceiling: the same records copied by
 * kafkajs alone. In turns, since a machine is not equally fast all the time.
 */
export async function measurePoints({ servers, sizes, checks, closers, profileDir }: Run): Promise<PointsResult> {
  const world = await freshWorld(servers, 'points');
  const processor = startProcessor(world, ['points'], profileDir);
  closers.add(null, () => processor.end());
  const [plain, transactional] = [await startRawCopy(world, 'plain'), await startRawCopy(world, 'transactional')];
  closers.add(null, async () => {
    await Promise.all([plain.end(), transactional.end()]);
  });
  await processor.ready();

  const book = new OrderBook(1);
  const customers = benchCustomers(customerCount, world.merchants, 2);
  /** When the rounds were, for whoever reads the profile. */
  const windows: { readonly from: number; readonly to: number }[] = [];
  const decided = async (orders: number): Promise<{ stretches: readonly Stretch[]; perSecond: number }> => {
    const backlog = await layBacklog(world, book.ordersOf(orders, customers, Date.now()));
    const began = await backlog.release();
    const ended = await untilCommitted(world, `${world.applicationId}-points`, topics.ingest.name, backlog.stretches);
    windows.push({
      from: monotonicMs() - (performance.now() - began),
      to: monotonicMs() - (performance.now() - ended),
    });
    return { stretches: backlog.stretches, perSecond: (orders * 1_000) / (ended - began) };
  };

  const { stretches: warm } = await decided(sizes.warmUp);
  await plain.copy(warm);
  await transactional.copy(warm);
  const before = await processor.commits();
  const rates = { plain: [] as number[], transactional: [] as number[], points: [] as number[] };
  for (let round = 0; round < sizes.rounds; round += 1) {
    const { stretches, perSecond } = await decided(sizes.eventsPerRound);
    rates.points.push(perSecond);
    rates.transactional.push(await transactional.copy(stretches));
    rates.plain.push(await plain.copy(stretches));
  }
  say(`points ${rounded(rates.points)}/s; copies ${rounded(rates.transactional)}/s, plain ${rounded(rates.plain)}/s`);
  const after = await processor.commits();
  await processor.end();
  if (profileDir !== null) await writeFile(join(profileDir, 'windows.json'), JSON.stringify(windows.slice(1)));

  for (const [name, copy] of Object.entries({ plain, transactional })) {
    const { wanted, there } = await copy.counts();
    checks.equal('copy', `records copied, ${name}`, there, wanted);
    await copy.end();
  }
  await checkOutputs(checks, 'points', world, book.orders, book.expected);
  await world.close();
  return {
    copyPlain: spreadOf(rates.plain),
    copyTransactional: spreadOf(rates.transactional),
    points: spreadOf(rates.points),
    recordsPerCommit: (after.records - before.records) / (after.commits - before.commits),
    msPerCommit: (1_000 * (after.seconds - before.seconds)) / (after.commits - before.commits),
  };
}
