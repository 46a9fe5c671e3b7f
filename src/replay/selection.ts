import { topics } from '../contracts/index.ts';
import type { ConsumedRecord } from '../streams/ports.ts';
import { type DeadLetter, readDeadLetter } from './dead-letter.ts';
import { merchantOf } from './merchant-of.ts';

/** Which records of a topic are meant; null or an empty list where any will do. */
export interface Selection {
  /** Codes of errors; dead letters only. */
  readonly errors: readonly string[];
  /** UUID in lower case. */
  readonly merchantId: string | null;
  /** From then on, in milliseconds since the epoch; of a dead letter when it died. */
  readonly sinceMs: number | null;
  /** Before then. */
  readonly untilMs: number | null;
  /** Only dead letters that may succeed as they are. */
  readonly retryable: boolean;
  /** Only dead letters of this topic. */
  readonly sourceTopic: string | null;
}

export const everything: Selection = {
  ...{ errors: [], merchantId: null, sinceMs: null, untilMs: null, retryable: false, sourceTopic: null },
};

/** The topics a replay can read. */
export const replaySources = [topics.deadLetters.name, topics.ingest.name] as const;
export type ReplaySource = (typeof replaySources)[number];

/** Whether records of this topic are commands, which points.replay holds. */
export const isReplayable = (topic: string | undefined): boolean =>
  topic === topics.ingest.name || topic === topics.replay.name;

/** Whether a dead letter is meant. */
export const selectsDeadLetter = (selection: Selection, letter: DeadLetter): boolean =>
  selectsCommon(selection, letter.diedAt, letter.merchantId) &&
  (selection.errors.length === 0 || selection.errors.includes(letter.code)) &&
  (!selection.retryable || letter.retryable) &&
  (selection.sourceTopic === null || selection.sourceTopic === letter.source?.topic);

function selectsCommon({ sinceMs, untilMs, merchantId }: Selection, at: number, merchant: string | null): boolean {
  if (sinceMs !== null && at < sinceMs) return false;
  if (untilMs !== null && at >= untilMs) return false;
  return merchantId === null || merchantId === merchant;
}

/** What a replay does with a record that is read: nothing where it is not meant. */
export type Verdict =
  | { readonly is: 'not selected' }
  | { readonly is: 'skipped'; readonly why: string; readonly sourceTopic: string | null }
  | {
      readonly is: 'copied';
      readonly partition: number;
      readonly merchantId: string | null;
      readonly code: string | null;
    };

const notSelected: Verdict = { is: 'not selected' };

/** The verdict on a record, by its place, key and headers alone. @param partitions that points.replay has */
export function judge(from: ReplaySource, selection: Selection, record: ConsumedRecord, partitions: number): Verdict {
  return from === topics.ingest.name
    ? judgeCommand(selection, record)
    : judgeLetter(selection, record, readDeadLetter(record), partitions);
}

function judgeCommand(selection: Selection, record: ConsumedRecord): Verdict {
  const merchantId = merchantOf(record);
  if (!selectsCommon(selection, record.timestamp, merchantId)) return notSelected;
  if (record.value === null) return tombstone(record.topic);
  return { is: 'copied', partition: record.partition, merchantId, code: null };
}

function judgeLetter(selection: Selection, record: ConsumedRecord, letter: DeadLetter, partitions: number): Verdict {
  if (!selectsDeadLetter(selection, letter)) return notSelected;
  const { source, merchantId, code } = letter;
  if (source === null) return { is: 'skipped', why: 'no source in its headers', sourceTopic: null };
  const sourceTopic = source.topic;
  if (!isReplayable(sourceTopic)) return { is: 'skipped', why: `came from ${sourceTopic}`, sourceTopic };
  if (source.partition >= partitions) {
    return { is: 'skipped', why: `its source partition ${String(source.partition)} does not exist`, sourceTopic };
  }
  if (record.value === null) return tombstone(sourceTopic);
  return { is: 'copied', partition: source.partition, merchantId, code };
}

const tombstone = (sourceTopic: string): Verdict => ({
  is: 'skipped',
  why: 'has no value: there is no command in it',
  sourceTopic,
});
