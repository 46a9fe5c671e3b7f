// `points replay`: records once more, through points.replay. First a dry run; nothing is copied before somebody says so.
import { createInterface } from 'node:readline/promises';
import { Command, Option } from 'commander';
import { loadConfig } from '../app/index.ts';
import type { ReplayTool } from '../app/operators/replay.ts';
import { createLogger } from '../common/logger.ts';
import {
  elsewhere,
  everything,
  ReplayInvalidError,
  type ReplayJob,
  replaySources,
  type ReplaySource,
  type SourceRange,
  type Tally,
} from '../replay/index.ts';
import type { Ending } from './ending.ts';
import { listOption, offsetsOption, timeOption, uuidOption, wholeNumberOption } from './option-values.ts';
import { createProgress } from './progress.ts';
import { countLines, shownTime } from './table.ts';

interface Flags {
  readonly from?: ReplaySource;
  readonly error?: readonly string[];
  readonly merchant?: string;
  readonly since?: number;
  readonly until?: number;
  readonly retryable: boolean;
  readonly offsets: readonly SourceRange[];
  readonly rate: number;
  readonly go: boolean;
  readonly yes: boolean;
  readonly resume?: string;
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function jobOf(tool: ReplayTool, flags: Flags): Promise<ReplayJob> {
  const { from, error: errors = [], merchant, since, until, retryable, offsets, resume } = flags;
  const isFiltered = [merchant, since, until].some((value) => value !== undefined) || offsets.length > 0;
  if (resume !== undefined) {
    if (from !== undefined || isFiltered || errors.length > 0 || retryable) {
      throw new ReplayInvalidError(
        '--resume goes on with what was asked for when the replay began: leave out the filters',
      );
    }
    return tool.resume(resume);
  }
  if (from === undefined) throw new ReplayInvalidError(`Say --from ${replaySources.join(' or --from ')}, or --resume`);
  if (from !== 'points.dlq' && (errors.length > 0 || retryable)) {
    throw new ReplayInvalidError('--error and --retryable are about dead letters: use them with --from points.dlq');
  }
  const selection = {
    ...everything,
    ...{ errors, retryable, merchantId: merchant ?? null, sinceMs: since ?? null, untilMs: until ?? null },
  };
  return tool.plan({ from, selection, offsets });
}

function tell({ id, from, ranges }: ReplayJob, { records, merchants, errors, skipped, oldest, newest }: Tally): void {
  const filled = ranges.filter((range) => range.from < range.to);
  const offsets = filled.map((range) => `${String(range.partition)}:${String(range.from)}-${String(range.to - 1)}`);
  say(`Replay ${id}`);
  say(`From ${from}, offsets ${filled.length === 0 ? 'none' : offsets.join(' ')}`);
  const span = oldest === null || newest === null ? '' : `, of ${shownTime(oldest)} to ${shownTime(newest)}`;
  say(`${String(records)} records would be copied to points.replay${span}`);
  if (merchants.size > 0) say(['By merchant:', ...countLines(merchants)].join('\n'));
  if (errors.size > 0) say(['By error:', ...countLines(errors)].join('\n'));
  for (const [why, { records: count, sourceTopic }] of skipped) {
    say(`Skipped: ${String(count)} that ${why}`);
    if (sourceTopic === null || why.startsWith('came from')) say(`  ${elsewhere(sourceTopic)}`);
  }
}

async function isConfirmed(records: number, { go, yes }: Flags): Promise<boolean> {
  if (go || yes) return true;
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    say('This was a dry run: nothing was copied. --go copies');
    return false;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await terminal.question(`Copy ${String(records)} records? Type yes: `)).trim() === 'yes';
  } finally {
    terminal.close();
  }
}

async function replay(flags: Flags): Promise<void> {
  const config = loadConfig(process.env, ['replay']);
  const { openReplay } = await import('../app/operators/replay.ts');
  const tool = await openReplay(config, createLogger({ level: 'silent', role: 'replay' }));
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stop.abort(new ReplayInvalidError(`Stopped by ${signal}`));
    });
  }
  try {
    const job = await jobOf(tool, flags);
    const tally = await tool.dryRun(job, stop.signal);
    tell(job, tally);
    if (tally.records === 0 || !(await isConfirmed(tally.records, flags))) return;
    const progress = createProgress({ total: tally.records, out: process.stderr, now: () => performance.now() });
    try {
      const { signal } = stop;
      const options = { ratePerSecond: flags.rate, signal, onCopied: (more: number) => progress.advance(more) };
      const copied = await tool.run(job, tally.records, options);
      progress.end();
      say(`${String(copied)} records were copied`);
    } catch (error) {
      progress.end();
      process.stderr.write(`points: it goes on where it ended with points replay --resume ${job.id} --go\n`);
      throw error;
    }
  } finally {
    await tool.close();
  }
}

export function replayCommand(ending: Ending): Command {
  const time = timeOption(Date.now());
  return new Command('replay')
    .description(
      'Copies dead letters, or a range of points.ingest, onto points.replay: what was applied before changes nothing',
    )
    .addOption(new Option('--from <topic>', 'the topic to copy from').choices([...replaySources]))
    .option('--error <codes>', 'dead letters with one of these error codes, commas between them', listOption)
    .option('--merchant <uuid>', 'of this merchant, by the key', uuidOption)
    .option('--since <time>', 'taken in, or died, then or later: 2026-01-31T12:00:00Z, or 30m, 12h, 7d ago', time)
    .option('--until <time>', 'taken in, or died, before then', time)
    .option('--retryable', 'dead letters that may succeed as they are', false)
    .option('--offsets <range>', 'partition:from-to, once for each partition that is meant', offsetsOption, [])
    .option(
      '--rate <n>',
      'at most so many records a second, to leave live traffic alone',
      wholeNumberOption(1, 100_000),
      200,
    )
    .option('--go', 'copies after the dry run', false)
    .option('--yes', 'the same, for jobs: asks nobody', false)
    .option('--resume <id>', 'goes on with a replay that was ended half-way', uuidOption)
    .action(ending(replay));
}
