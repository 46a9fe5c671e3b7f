// `points restore ledger`: MongoDB is filled once more from audit_log. First a dry run, and only while no processor runs.
import { Command } from 'commander';
import { loadConfig } from '../app/index.ts';
import type { RestorePlan } from '../app/operators/restore.ts';
import { createLogger } from '../common/logger.ts';
import type { Ending } from './ending.ts';

interface Flags {
  readonly go: boolean;
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** What is read again, for people. */
function tell({ groups, partitions }: RestorePlan): void {
  const records = partitions.reduce((sum, { from, to }) => sum + to - from, 0);
  const ranges = partitions.map(({ partition, from, to }) => `${String(partition)}:${String(from)}-${String(to)}`);
  say(`audit_log holds ${String(records)} records, offsets ${ranges.join(' ')}`);
  const gone = partitions.filter(({ from }) => from > 0);
  if (gone.length > 0) {
    const gaps = gone.map(({ partition, from }) => `${String(partition)}:0-${String(from)}`);
    say(`What stood before is gone (${gaps.join(' ')}): restore a backup of MongoDB first, it is not overwritten`);
  }
  say(`Nobody is a member of ${groups.join(' or ')}`);
}

async function restore({ go }: Flags): Promise<void> {
  const config = loadConfig(process.env, ['replay']);
  const { openRestore } = await import('../app/operators/restore.ts');
  const tool = await openRestore(config, createLogger({ level: 'silent', role: 'restore' }));
  try {
    if (!go) {
      tell(await tool.plan());
      say('This was a dry run: nothing was changed. --go sets both groups back to the first of them');
      return;
    }
    tell(await tool.run());
    say('Both were set back: start the processors, wait until points doctor shows 0 behind, then points verify');
  } finally {
    await tool.close();
  }
}

export function restoreCommand(ending: Ending): Command {
  const command = new Command('restore').description('Fills a store once more from Kafka');
  command
    .command('ledger')
    .description('points_transactions and reward_redemptions from audit_log: what is there already stays as it is')
    .option('--go', 'does it after the dry run; while no processor runs', false)
    .action(ending(restore));
  return command;
}
