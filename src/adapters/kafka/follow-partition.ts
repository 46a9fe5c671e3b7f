import { setTimeout as sleep } from 'node:timers/promises';
import { DependencyUnavailableError, toError } from '../../common/errors.ts';
import type { FetchedChunk, TopicPartition } from '../../streams/ports.ts';
import { rootCauseOf } from './errors.ts';
import { kafkajs } from './kafkajs.ts';
import type { PartitionFetcher } from './partition-fetcher.ts';

export interface FollowOptions {
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Kafka is away; asked again until it is not. */
  readonly onFault: (error: Error) => void;
  /** A broker answered, perhaps that there is nothing. */
  readonly onAnswer: () => void;
}

/** From a fault to the next try: a cluster names a new leader within a second. */
const retryPauseMs = 250;

/** kafkajs says of these that trying again is no use, as it has tried itself for a while. */
const passing: ReadonlySet<string> = new Set([
  'KafkaJSNumberOfRetriesExceeded',
  'KafkaJSLockTimeout',
  'KafkaJSTimeout',
]);

/** Whether it is Kafka that is away, rather than something wrong that stays. */
const isPassing = (error: Error): boolean => {
  if (error instanceof DependencyUnavailableError || passing.has(error.name)) return true;
  const cause = rootCauseOf(error);
  if (!(cause instanceof kafkajs.KafkaJSError)) return false;
  return cause.retriable || (cause instanceof kafkajs.KafkaJSProtocolError && cause.type === 'UNKNOWN');
};

/** What was deleted before it could be read counts as read. @throws KafkaJSOffsetOutOfRange beyond the end */
async function fetchOrPass(
  fetcher: PartitionFetcher,
  partition: TopicPartition,
  position: number,
): Promise<FetchedChunk | undefined> {
  try {
    return await fetcher.fetch(partition, position);
  } catch (error) {
    if (!(error instanceof kafkajs.KafkaJSOffsetOutOfRange)) throw error;
    const start = await fetcher.startOf(partition);
    if (start <= position) throw error;
    return { partition, from: position, next: start, records: [], highWatermark: start };
  }
}

/**
 * The committed records of a partition from an offset on, for ever: one chunk after the other without a hole, over any
 * time that Kafka is away. Records that were deleted before they were read are passed over.
 * @throws what stays wrong: an offset beyond the end, records that cannot be read
 */
export async function* followPartition(
  fetcher: PartitionFetcher,
  partition: TopicPartition,
  from: number,
  { signal, onFault, onAnswer }: FollowOptions,
): AsyncGenerator<FetchedChunk, undefined> {
  const isOver = (): boolean => signal.aborted;
  let position = from;
  while (!isOver()) {
    let chunk: FetchedChunk | undefined;
    try {
      chunk = await fetchOrPass(fetcher, partition, position);
    } catch (thrown) {
      if (isOver()) return;
      const error = toError(thrown);
      if (!isPassing(error)) throw error;
      onFault(error);
      await sleep(retryPauseMs, undefined, { signal }).catch(() => undefined);
      continue;
    }
    if (isOver()) return;
    onAnswer();
    if (chunk === undefined) continue;
    yield chunk;
    position = chunk.next;
  }
}
