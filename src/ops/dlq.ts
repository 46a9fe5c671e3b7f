// `points dlq list|show`: what could not be applied, why, and what to do about it.
import { Command } from 'commander';
import { loadConfig } from '../app/index.ts';
import type { OpenedDeadLetter } from '../app/operators/dead-letters.ts';
import { createLogger } from '../common/logger.ts';
import { adviceFor, type DeadLetter, everything } from '../replay/index.ts';
import type { Ending } from './ending.ts';
import { listOption, placeOption, timeOption, uuidOption, wholeNumberOption } from './option-values.ts';
import { shownTime, table } from './table.ts';

interface ListFlags {
  readonly error?: readonly string[];
  readonly merchant?: string;
  readonly since?: number;
  readonly until?: number;
  readonly retryable: boolean;
  readonly source?: string;
  readonly newest: boolean;
  readonly limit: number;
  readonly json: boolean;
}

const open = async () => {
  const config = loadConfig(process.env, ['dlq']);
  const { openDeadLetters } = await import('../app/operators/dead-letters.ts');
  // What is asked for goes to stdout alone.
  return openDeadLetters(config, createLogger({ level: 'silent', role: 'dlq' }));
};

const print = (text: string): void => void process.stdout.write(text);

const rowOf = ({ partition, offset, diedAt, code, retryable, merchantId, source }: DeadLetter): readonly string[] => [
  ...[`${String(partition)}/${String(offset)}`, shownTime(diedAt), code, retryable ? 'yes' : 'no'],
  ...[merchantId ?? 'unknown', source === null ? 'unknown' : placeOf(source)],
];

const placeOf = ({ topic, partition, offset }: NonNullable<DeadLetter['source']>): string =>
  `${topic}/${String(partition)}/${String(offset)}`;

async function list(flags: ListFlags): Promise<void> {
  const { error: errors = [], merchant, since, until, retryable, source, newest, limit, json } = flags;
  const letters = await open();
  try {
    const found = await letters.list({
      selection: {
        ...everything,
        ...{ errors, retryable, merchantId: merchant ?? null, sourceTopic: source ?? null },
        ...{ sinceMs: since ?? null, untilMs: until ?? null },
      },
      ...{ limit, newestFirst: newest },
    });
    if (json) {
      for (const { stack: _stack, ...letter } of found) print(`${JSON.stringify(letter)}\n`);
    } else if (found.length === 0) print('There are no such dead letters\n');
    else {
      print(table(['PLACE', 'DIED', 'ERROR', 'RETRYABLE', 'MERCHANT', 'SOURCE'], found.map(rowOf)));
      if (found.length === limit)
        print(`These are ${newest ? 'the newest' : 'the oldest'} ${String(limit)}; --limit shows more\n`);
    }
  } finally {
    await letters.close();
  }
}

const wordsOf = ({ letter, bytes, value, unreadable }: OpenedDeadLetter): string => {
  const { source, retryable } = letter;
  const lines = [
    `Dead letter  ${String(letter.partition)}/${String(letter.offset)} of points.dlq`,
    `Died         ${shownTime(letter.diedAt)}, in ${letter.stage} at node ${letter.node}, after ${String(letter.attempts)} ${letter.attempts === 1 ? 'attempt' : 'attempts'}`,
    `Error        ${letter.code} (${letter.error}): ${letter.message}`,
    `A retry      ${retryable ? 'may help: the cause was not in the record' : 'does not help unless something is changed'}`,
    `Stood at     ${source === null ? 'unknown' : `${placeOf(source)}${source.timestamp === null ? '' : `, of ${shownTime(source.timestamp)}`}`}`,
    `Merchant     ${letter.merchantId ?? 'unknown'}`,
    `Value        ${bytes === null ? 'none' : `${String(bytes)} bytes`}${unreadable === undefined ? '' : `; cannot be read: ${unreadable}`}`,
  ];
  const record = value === undefined ? '' : `\n${JSON.stringify(value, null, 2)}\n`;
  return `${lines.join('\n')}\n${record}\nWhat to do   ${adviceFor(letter)}\n`;
};

async function show(place: ReturnType<typeof placeOption>, { json }: { readonly json: boolean }): Promise<void> {
  const letters = await open();
  try {
    const found = await letters.open(place);
    if (found === undefined) {
      process.stderr.write(`points: there is no dead letter ${String(place.partition)}/${String(place.offset)}\n`);
      process.exitCode = 1;
    } else print(json ? `${JSON.stringify({ ...found, advice: adviceFor(found.letter) })}\n` : wordsOf(found));
  } finally {
    await letters.close();
  }
}

export function dlqCommand(ending: Ending): Command {
  const command = new Command('dlq').description('Lists and explains dead letters (points.dlq)');
  const time = timeOption(Date.now());
  command
    .command('list')
    .description('Lists dead letters, the oldest first')
    .option('--error <codes>', 'with one of these error codes, commas between them', listOption)
    .option('--merchant <uuid>', 'of this merchant', uuidOption)
    .option('--since <time>', 'died then or later: 2026-01-31T12:00:00Z, or 30m, 12h, 7d ago', time)
    .option('--until <time>', 'died before then', time)
    .option('--retryable', 'that may succeed as they are', false)
    .option('--source <topic>', 'whose record stood in this topic')
    .option('--newest', 'the newest first', false)
    .option('--limit <n>', 'at most so many', wholeNumberOption(1, 100_000), 50)
    .option('--json', 'one JSON object a line', false)
    .action(ending(list));
  command
    .command('show')
    .description('Explains one dead letter: what happened, what the record says, what to do')
    .argument('<place>', 'partition/offset, as list shows it', placeOption)
    .option('--json', 'as JSON', false)
    .action(ending(show));
  return command;
}
