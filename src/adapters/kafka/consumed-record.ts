import type { Batch, KafkaMessage } from 'kafkajs';
import type { ConsumedRecord, FetchedChunk } from '../../streams/ports.ts';

const recordOf = (topic: string, partition: number, message: KafkaMessage): ConsumedRecord => ({
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
