import type { Clock } from '../common/clock.ts';
import { PointsError } from '../common/errors.ts';
import type { ConsumedRecord } from '../streams/ports.ts';
import type { Hop } from './hop.ts';
import type { FollowedDocuments, FollowedTopicReader, RecordReader } from './ports.ts';
import { headerOf, tellHops } from './tell-hops.ts';

/** A place of a record in full, so that it can be looked at. */
export interface FoundHop extends Hop {
  readonly partition: number | null;
  readonly offset: number | null;
}

export interface Followed {
  readonly hops: readonly FoundHop[];
  /** Everything since then was looked through; milliseconds since the epoch. */
  readonly searchedSince: number;
  readonly bytes: number;
  /** Whether the search ended because it had cost enough, and there may be more before `searchedSince`. */
  readonly isCutShort: boolean;
}

export interface SearchOptions {
  readonly correlationId: string;
  /** How far back it may go. Milliseconds. */
  readonly longestMs: number;
  /** Bytes of records it may read. */
  readonly maxBytes: number;
  /** How long it may take. Milliseconds. */
  readonly maxMs: number;
}

export interface SearchParts {
  readonly topics: readonly string[];
  readonly reader: FollowedTopicReader;
  readonly records: RecordReader;
  readonly documents: FollowedDocuments;
  readonly clock: Clock;
}

const minuteMs = 60_000;
/** Back in time by ever longer steps: most of what is looked for has just happened. */
const windowsMs = [10, 60, 6 * 60, 24 * 60, 3 * 24 * 60, 7 * 24 * 60, 30 * 24 * 60].map(
  (minutes) => minutes * minuteMs,
);
const atOnce = 4;

/** Ends a reading that has cost enough; nobody sees it. */
class Enough extends PointsError {
  readonly code = 'ENOUGH';
}

/**
 * Every place at which a correlation id is found, newest stretch of time first. It ends one step behind the one in which
 * it first found something: what belongs together happens together, and the beginning may lie across a step's edge.
 *
 * @throws DependencyUnavailableError when Kafka does not answer
 */
export async function search(parts: SearchParts, options: SearchOptions): Promise<Followed> {
  const { topics, reader, clock } = parts;
  const { correlationId, longestMs, maxBytes, maxMs } = options;
  const now = clock.now();
  const needle = Buffer.from(correlationId);
  const ending = new AbortController();
  const timer = setTimeout(() => {
    ending.abort(new Enough('It took long enough'));
  }, maxMs);
  const hits: ConsumedRecord[] = [];
  let bytes = 0;
  let searchedSince = now;
  let isCutShort = false;

  const look = async (batch: readonly ConsumedRecord[]): Promise<void> => {
    for (const record of batch) {
      bytes += (record.value?.length ?? 0) + 100;
      if (holds(record, needle, correlationId)) hits.push(record);
    }
    if (bytes > maxBytes) ending.abort(new Enough('Enough was read'));
  };

  try {
    const upTo = new Map<string, number>();
    const ends = new Map(await Promise.all(topics.map(async (topic) => [topic, await reader.ends(topic)] as const)));
    let isLast = false;
    for (const windowMs of windowsMs) {
      const since = now - Math.min(windowMs, longestMs);
      const ranges = await rangesSince(reader, ends, upTo, since);
      await eachOf(ranges, atOnce, ({ topic, partition, from, to }) =>
        reader.read({ topic, partition }, { from, to, signal: ending.signal }, look),
      );
      searchedSince = since;
      for (const { topic, partition, from } of ranges) upTo.set(placeName(topic, partition), from);
      if (isLast || windowMs >= longestMs) break;
      isLast = hits.length > 0;
    }
  } catch (error) {
    if (!(error instanceof Enough)) throw error;
    isCutShort = true;
  } finally {
    clearTimeout(timer);
  }
  return { hops: await tellHops(hits, parts, correlationId), searchedSince, bytes, isCutShort };
}

interface Range {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

const placeName = (topic: string, partition: number): string => `${topic}/${String(partition)}`;

/** What of each partition was written since then and has not been read yet. */
async function rangesSince(
  reader: FollowedTopicReader,
  ends: ReadonlyMap<string, ReadonlyMap<number, { readonly low: number; readonly high: number }>>,
  upTo: ReadonlyMap<string, number>,
  since: number,
): Promise<readonly Range[]> {
  const found = await Promise.all(
    [...ends].map(async ([topic, partitions]) => {
      if (partitions.size === 0) return [];
      const first = await reader.since(topic, since);
      return [...partitions].map(([partition, { low, high }]) => {
        const to = upTo.get(placeName(topic, partition)) ?? high;
        return { topic, partition, from: Math.min(to, Math.max(low, first.get(partition) ?? low)), to };
      });
    }),
  );
  return found.flat().filter(({ from, to }) => from < to);
}

/** A few at a time; the first failure ends all. */
async function eachOf<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}

/** Cheap: most records are not it, and are not even decoded. Text lies in Avro as it is. */
const holds = (record: ConsumedRecord, needle: Buffer, id: string): boolean =>
  headerOf(record) === id || record.value?.includes(needle) === true;
