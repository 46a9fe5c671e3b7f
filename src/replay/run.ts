import { topics } from '../contracts/index.ts';
import type { ConsumedRecord } from '../streams/ports.ts';
import { copyOf } from './copy.ts';
import { metadataOf, type ReplayJob, type SourceRange } from './job.ts';
import type { Pace } from './pace.ts';
import type { CopyTarget, ProgressKeeper, RecordSource } from './ports.ts';
import { judge } from './selection.ts';
import { type Tally, TallyKeeper } from './tally.ts';

interface ReadParts {
  readonly source: RecordSource;
  /** Partitions of points.replay. */
  readonly partitions: number;
  /** Ends it early. */
  readonly signal: AbortSignal;
}

/**
 * What a job would do: reads all it would read, and writes nothing. Memory does not grow with the number of records.
 * @throws DependencyUnavailableError, or the signal's reason
 */
export async function dryRun(job: ReplayJob, { source, partitions, signal }: ReadParts): Promise<Tally> {
  const keeper = new TallyKeeper();
  for (const { partition, from, to } of job.ranges) {
    await source.read({ topic: job.from, partition }, { from, to, signal }, async (records) => {
      for (const record of records) keeper.add(judge(job.from, job.selection, record, partitions), record);
    });
  }
  return keeper.total();
}

export interface RunParts extends ReadParts {
  readonly target: CopyTarget;
  readonly progress: ProgressKeeper;
  readonly pace: Pace;
  /** Told of every slice that is stored. */
  readonly onCopied: (records: number) => void;
}

interface Copy {
  readonly record: ConsumedRecord;
  readonly partition: number;
}

/**
 * Copies a job's records onto points.replay, partition after partition and in order, slice by slice: a slice is stored by
 * all in-sync replicas before the progress is kept. A run that is killed and taken up again copies its last slice twice
 * at most, which changes nothing.
 *
 * @returns how many records were copied
 * @throws DependencyUnavailableError, or the signal's reason: what was kept is where it goes on
 */
export async function runReplay(job: ReplayJob, parts: RunParts): Promise<number> {
  const { progress, source, signal } = parts;
  let copied = 0;
  // Before anything is copied, so that it can be taken up again whenever it is killed.
  await progress.keep(job.ranges.map((range) => ({ ...placeOf(range, range.from), metadata: metadataOf(job, range) })));
  for (const range of job.ranges) {
    const keep = (offset: number): Promise<void> =>
      progress.keep([{ ...placeOf(range, offset), metadata: metadataOf(job, range) }]);
    const { partition, from, to } = range;
    await source.read({ topic: job.from, partition }, { from, to, signal }, async (records, position) => {
      copied += await copyAll(copiesOf(job, records, parts.partitions), job.id, parts, keep);
      await keep(position);
    });
  }
  return copied;
}

const placeOf = ({ partition }: SourceRange, offset: number) => ({ partition, offset });

const copiesOf = (job: ReplayJob, records: readonly ConsumedRecord[], partitions: number): readonly Copy[] =>
  records.flatMap((record) => {
    const verdict = judge(job.from, job.selection, record, partitions);
    return verdict.is === 'copied' ? [{ record, partition: verdict.partition }] : [];
  });

async function copyAll(
  copies: readonly Copy[],
  replayId: string,
  { pace, target, onCopied, signal }: RunParts,
  keep: (offset: number) => Promise<void>,
): Promise<number> {
  for (let from = 0; from < copies.length; from += pace.sliceRecords) {
    const slice = copies.slice(from, from + pace.sliceRecords);
    await pace.take(slice.length);
    signal.throwIfAborted();
    for (const [partition, own] of Map.groupBy(slice, (copy) => copy.partition)) {
      const records = own.map(({ record }) => copyOf(record, replayId));
      await target.send({ topic: topics.replay.name, partition, records });
    }
    const last = slice.at(-1);
    if (last !== undefined) await keep(last.record.offset + 1);
    onCopied(slice.length);
  }
  return copies.length;
}
