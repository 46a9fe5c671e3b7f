import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';

export interface RunOptions {
  readonly seed: number;
  readonly form: 'short' | 'long';
  /** The long form begins no other round of faults after this. */
  readonly minutes: number;
  /** Rounds of each track of the short form. */
  readonly rounds: { readonly broker: number; readonly worker: number; readonly answer: number };
  readonly recordsPerSecond: number;
  readonly recordsWanted: number;
  /** Records sent and not committed above which the input waits. */
  readonly mostBacklog: number;
  readonly partitions: number;
  readonly workers: number;
  readonly keys: number;
  readonly maxBatchRecords: number;
  readonly transactionTimeoutMs: number;
  readonly sessionTimeoutMs: number;
  /** Where the ports begin; free ones where it is not given. */
  readonly portOffset: number | undefined;
  /** Keeps the data of a run that found nothing, too. */
  readonly keep: boolean;
}

export const usage = `npm run test:faults -- [--short | --minutes N] [--seed N] [--port-offset N] [--keep]`;

const numberOf = (name: string, text: string | undefined, otherwise: number): number => {
  if (text === undefined) return otherwise;
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0) throw new RangeError(`--${name} must be a whole number, not ${text}`);
  return number;
};

/** @throws RangeError, or what `parseArgs` throws */
export const parseOptions = (args: readonly string[]): RunOptions => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      short: { type: 'boolean', default: false },
      seed: { type: 'string' },
      minutes: { type: 'string' },
      'port-offset': { type: 'string' },
      keep: { type: 'boolean', default: false },
    },
  });
  const offset = values['port-offset'];
  return {
    seed: numberOf('seed', values.seed, randomInt(1, 1_000_000_000)),
    form: values.short ? 'short' : 'long',
    minutes: numberOf('minutes', values.minutes, 20),
    rounds: { broker: 1, worker: 1, answer: 1 },
    // At most: the workers set the pace. The long form has more than enough records.
    recordsPerSecond: values.short ? 4_000 : 1_000,
    recordsWanted: 200_000,
    mostBacklog: 30_000,
    partitions: 6,
    workers: 3,
    keys: 97,
    maxBatchRecords: 500,
    transactionTimeoutMs: 6_000,
    sessionTimeoutMs: 6_000,
    portOffset: offset === undefined ? undefined : numberOf('port-offset', offset, 0),
    keep: values.keep,
  };
};
