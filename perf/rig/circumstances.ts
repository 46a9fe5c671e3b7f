import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, totalmem } from 'node:os';
import type { Circumstances } from '../report/measured.ts';
import { customerCount, latencyCustomers, merchantCount, partitions, type Sizes } from './sizes.ts';

const git = (...args: string[]): string =>
  execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();

/** The commit, marked where the tree has changes that are not in it. */
function commitOf(): string {
  try {
    const changes = git('status', '--porcelain', '--untracked-files=no', '--', 'src', 'topologies', 'perf', 'avro');
    return `${git('rev-parse', '--short', 'HEAD')}${changes === '' ? '' : ' with changes'}`;
  } catch {
    return 'unknown';
  }
}

export const circumstancesOf = (sizes: Sizes, isShort: boolean): Circumstances => ({
  machine: {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memory_gib: Math.round(totalmem() / 2 ** 30),
  },
  commit: commitOf(),
  settings: {
    date: new Date().toISOString(),
    node: process.version,
    short: isShort,
    ...{ partitions, merchants: merchantCount, customers: customerCount, latency_customers: latencyCustomers },
    ...{ brokers: 1, rounds: sizes.rounds, events_per_round: sizes.eventsPerRound, warm_up_events: sizes.warmUp },
    ...{ end_to_end_events: sizes.endToEnd, naive_events: sizes.naive, latency_seconds: sizes.latencySeconds },
    ...{ accounts: sizes.accounts, dedupe_ids: sizes.accounts },
  },
});
