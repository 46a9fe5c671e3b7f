import type { Kafka } from 'kafkajs';
import { within } from './deadline.ts';
import { unavailable } from './errors.ts';
import { fetchPartitionCount, partitionOfKey } from './key-partitions.ts';
import { kafkajs } from './kafkajs.ts';

export interface RecordToSend {
  readonly topic: string;
  readonly key: string;
  readonly value: Buffer;
  /** Milliseconds since 1970. */
  readonly timestampMs: number;
  readonly headers: Readonly<Record<string, string>>;
}

export interface SendRecordOptions {
  readonly kafka: Kafka;
  /** For everything together, connecting too; 10,000 by default. */
  readonly deadlineMs?: number;
}

/**
 * Sends one record to its key's partition over a producer of its own: for what is sent once in a while, as by a command.
 * Resolves once all in-sync replicas hold it; it may then be there more than once.
 * @throws DependencyUnavailableError when that is not certain within the deadline: it may or may not be stored
 */
export const sendRecord = async (
  { kafka, deadlineMs = 10_000 }: SendRecordOptions,
  record: RecordToSend,
): Promise<void> => {
  const { topic, key, value, timestampMs, headers } = record;
  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  const send = async (): Promise<void> => {
    const partition = partitionOfKey(key, await fetchPartitionCount(kafka, topic));
    await producer.connect();
    const message = { key, value, partition, timestamp: String(timestampMs), headers: { ...headers } };
    await producer.send({ topic, acks: -1, messages: [message] });
  };
  try {
    await within(deadlineMs, send());
  } catch (error) {
    throw unavailable(error, { topic });
  } finally {
    // A broker that does not answer does not answer this either, and what was stored is stored.
    await within(deadlineMs, producer.disconnect()).catch(() => undefined);
  }
};
