import type { Kafka } from 'kafkajs';
import { toError } from '../../common/errors.ts';
import type { FetchedChunk, OnRead, ReadRange, TopicPartition } from '../../streams/ports.ts';
import { unavailable } from './errors.ts';
import { followPartition } from './follow-partition.ts';
import { createPartitionFetcher } from './partition-fetcher.ts';

/** A reader that has got no further for so long is given up. */
const stalledMs = 30_000;
const maxWaitMs = 50;
/** What is read takes several times as much memory as it has bytes, and two chunks are there at a time. */
const maxBytes = 1_024 * 1_024;

/**
 * Reads committed records of one partition from one offset to another, as a member of no group. While the reader has one
 * chunk, the next is fetched.
 * @throws DependencyUnavailableError; or what `onBatch` threw, or the signal's reason, as it is
 */
export async function readRange(
  kafka: Kafka,
  partition: TopicPartition,
  range: ReadRange,
  onBatch: OnRead,
): Promise<void> {
  const { from, to, signal } = range;
  signal?.throwIfAborted();
  if (from >= to) return;
  const fetcher = createPartitionFetcher(kafka, { topics: [partition.topic], maxWaitMs, maxBytes });
  const ending = new AbortController();
  let position = from;
  let fault: unknown = null;
  const away = (error: unknown): Error => unavailable(error, { ...partition, position, to });
  const chunks = followPartition(fetcher, partition, from, {
    signal: ending.signal,
    onFault: (error) => void (fault = error),
    onAnswer: () => void (fault = null),
  });
  const next = (): Promise<FetchedChunk> => {
    const coming = chunks.next().then(
      ({ value }) => value ?? Promise.reject(away(fault)),
      (error: unknown) => Promise.reject(away(error)),
    );
    // It may fail while nobody looks yet, or at the end nobody does.
    coming.catch(() => undefined);
    return coming;
  };
  const inTime = <T>(call: Promise<T>): Promise<T> => unlessOver(call, signal, () => away(fault));
  try {
    await inTime(fetcher.connect());
    let coming = next();
    while (position < to) {
      const chunk = await inTime(coming);
      const records = chunk.next <= to ? chunk.records : chunk.records.filter(({ offset }) => offset < to);
      position = Math.min(chunk.next, to);
      if (position < to) coming = next();
      await onBatch(records, position);
    }
  } finally {
    ending.abort();
    await fetcher.close();
  }
}

/** What the call comes to, unless the signal ends it or it takes too long. */
async function unlessOver<T>(call: Promise<T>, signal: AbortSignal | undefined, stalled: () => Error): Promise<T> {
  const { promise: over, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => {
    reject(toError(signal?.reason));
  };
  const timer = setTimeout(() => {
    reject(stalled());
  }, stalledMs);
  signal?.addEventListener('abort', onAbort);
  if (signal?.aborted === true) onAbort();
  try {
    return await Promise.race([over, call]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}
