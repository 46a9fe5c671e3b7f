import type { Batch } from 'kafkajs';
import type { ConsumedRecord, FetchedChunk, TopicPartition } from '../../streams/ports.ts';
import type { FetchedPartition, WireMessage } from './broker.ts';
import { committedOnly } from './committed-only.ts';

const recordOf = (topic: string, partition: number, message: Omit<WireMessage, 'batchContext'>): ConsumedRecord => ({
  topic,
  partition,
  offset: Number(message.offset),
  key: message.key,
  value: message.value,
  timestamp: Number(message.timestamp),
  headers: message.headers ?? {},
});

/** kafkajs' batch knows the offset it was fetched from, but its types do not say so. */
const fetchedFrom = (batch: Batch): number => {
  const { fetchedOffset } = batch as Batch & { readonly fetchedOffset: string };
  return Number(fetchedOffset);
};

export const chunkOf = (batch: Batch): FetchedChunk => ({
  partition: { topic: batch.topic, partition: batch.partition },
  from: fetchedFrom(batch),
  next: Number(batch.lastOffset()) + 1,
  records: batch.messages.map((message) => recordOf(batch.topic, batch.partition, message)),
  highWatermark: Number(batch.highWatermark),
});

/** What a broker answered to a fetch from an offset on; undefined where it has nothing there yet. */
export function chunkOfFetched(
  { topic, partition }: TopicPartition,
  from: number,
  { messages, abortedTransactions, highWatermark }: FetchedPartition,
): FetchedChunk | undefined {
  const last = messages.at(-1);
  if (last === undefined) return undefined;
  const records: ConsumedRecord[] = [];
  for (const message of committedOnly(messages, abortedTransactions ?? [])) {
    // A broker sends whole batches: what stands before the offset asked for comes along.
    if (message.isControlRecord !== true && Number(message.offset) >= from) {
      records.push(recordOf(topic, partition, message));
    }
  }
  return {
    ...{ partition: { topic, partition }, from, records },
    next: Math.max(from, Number(last.offset) + 1),
    highWatermark: Number(highWatermark),
  };
}
