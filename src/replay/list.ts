import { PointsError } from '../common/errors.ts';
import { topics } from '../contracts/index.ts';
import type { ConsumedRecord, StreamAdmin } from '../streams/ports.ts';
import { type DeadLetter, readDeadLetter } from './dead-letter.ts';
import { type Selection, selectsDeadLetter } from './selection.ts';

export interface ListOptions {
  readonly selection: Selection;
  /** The greatest number of dead letters listed. */
  readonly limit: number;
  readonly newestFirst: boolean;
}

type Source = Pick<StreamAdmin, 'read' | 'offsets'>;

const topic = topics.deadLetters.name;
/** How much is read at a time from the end backwards. */
const windowOffsets = 500;

/** Dead letters by when they died. Of each partition no more is read than it takes; at most `limit` of each are in memory. */
export async function listDeadLetters(
  source: Source,
  partitions: number,
  options: ListOptions,
): Promise<readonly DeadLetter[]> {
  const found: DeadLetter[] = [];
  for (let partition = 0; partition < partitions; partition += 1) {
    found.push(...(await (options.newestFirst ? newestOf : oldestOf)(source, partition, options)));
  }
  const order = options.newestFirst ? -1 : 1;
  return found.sort((one, other) => order * (one.diedAt - other.diedAt)).slice(0, options.limit);
}

/** One dead letter with its bytes; undefined where there is none at this place. */
export async function findDeadLetter(
  source: Source,
  { partition, offset }: { readonly partition: number; readonly offset: number },
): Promise<ConsumedRecord | undefined> {
  const { low, high } = await source.offsets({ topic, partition });
  if (offset < low || offset >= high) return undefined;
  let found: ConsumedRecord | undefined;
  await source.read({ topic, partition }, { from: offset, to: offset + 1 }, async ([record]) => {
    found = record;
  });
  return found;
}

/** Ends a reading that has found enough; nobody sees it. */
class Enough extends PointsError {
  readonly code = 'ENOUGH';
}

async function oldestOf(source: Source, partition: number, { selection, limit }: ListOptions): Promise<DeadLetter[]> {
  const { low, high } = await source.offsets({ topic, partition });
  const found: DeadLetter[] = [];
  try {
    await source.read({ topic, partition }, { from: low, to: high }, async (records) => {
      for (const letter of records.map(readDeadLetter)) {
        if (selectsDeadLetter(selection, letter)) found.push(letter);
        if (found.length >= limit) throw new Enough('Enough was read');
      }
    });
  } catch (error) {
    if (!(error instanceof Enough)) throw error;
  }
  return found;
}

async function newestOf(source: Source, partition: number, { selection, limit }: ListOptions): Promise<DeadLetter[]> {
  const { low, high } = await source.offsets({ topic, partition });
  let found: DeadLetter[] = [];
  for (let to = high; to > low && found.length < limit; to -= windowOffsets) {
    const own: DeadLetter[] = [];
    const from = Math.max(low, to - windowOffsets);
    await source.read({ topic, partition }, { from, to }, async (records) => {
      own.push(...records.map(readDeadLetter).filter((letter) => selectsDeadLetter(selection, letter)));
    });
    found = [...own, ...found].slice(-limit);
  }
  return found;
}
