import { RecordTooLargeError } from '../errors.ts';
import type { ProducedRecord, StreamRecord } from '../record.ts';
import type { SinkNode } from '../topology/nodes.ts';

/** What is known of the topics that a topology writes to. */
export interface OutputTopics {
  /** Number of partitions; undefined for a topic that was not asked about. */
  partitions(topic: string): number | undefined;
  /** Of the topics that the task reads. */
  readonly sourcePartitions: number;
  /** Where a key belongs, as every Kafka client by default. */
  partitionOf(key: Buffer, partitions: number): number;
}

/** Where nothing is sent, as in the test driver: every record has its task's number. */
export const noOutputTopics: OutputTopics = {
  partitions: () => undefined,
  sourcePartitions: 0,
  partitionOf: () => 0,
};

/** Makes the bytes of a record that leaves the topology, and says where they go. */
export class SinkWriter {
  readonly #topics: OutputTopics;
  readonly #partition: number;
  readonly #maxRecordBytes: number;

  /** @param partition the task's own */
  constructor(topics: OutputTopics, partition: number, maxRecordBytes: number) {
    this.#topics = topics;
    this.#partition = partition;
    this.#maxRecordBytes = maxRecordBytes;
  }

  /** @throws what the serde throws; RecordTooLargeError for what the broker would refuse, and with it the whole batch */
  write(node: SinkNode, record: StreamRecord<unknown, unknown>): ProducedRecord {
    const key = record.key === null ? null : node.keySerde.serialize(record.key);
    const value = record.value === null ? null : node.valueSerde.serialize(record.value);
    const bytes = (key?.length ?? 0) + (value?.length ?? 0);
    if (bytes > this.#maxRecordBytes) {
      const facts = { topic: node.topic, bytes, max_bytes: this.#maxRecordBytes };
      throw new RecordTooLargeError('The record is larger than a topic takes', { facts });
    }
    const { timestamp, headers } = record;
    const partition = this.#partitionFor(node, record, key);
    return partition === undefined ? { key, value, timestamp, headers } : { partition, key, value, timestamp, headers };
  }

  /** Where a dead letter goes: the task's own number, as far as the topic has so many partitions. */
  deadLetterPartition(topic: string): number {
    return this.#partition % (this.#topics.partitions(topic) ?? Number.POSITIVE_INFINITY);
  }

  #partitionFor(
    { topic, partitioning, keySerde }: SinkNode,
    record: StreamRecord<unknown, unknown>,
    key: Buffer | null,
  ): number | undefined {
    if (partitioning === 'task') return undefined;
    const count = this.#topics.partitions(topic);
    if (count === undefined) return undefined;
    if (typeof partitioning === 'function') return chosen(partitioning(record as never, count), topic, count);
    if (key === null) return this.#partition % count;
    if (partitioning === 'stay' && count === this.#topics.sourcePartitions) return undefined;
    return this.#topics.partitionOf(keySerde.partitionBytes?.(record.key) ?? key, count);
  }
}

function chosen(partition: number, topic: string, count: number): number {
  if (Number.isInteger(partition) && partition >= 0 && partition < count) return partition;
  throw new RangeError(`Topic ${topic} has ${String(count)} partitions, and ${String(partition)} was chosen`);
}
