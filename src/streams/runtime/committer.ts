import { CommitFailedError } from '../errors.ts';
import type { PartitionOffset, PartitionSend, PlainProducer, StreamConsumer, TransactionalProducer } from '../ports.ts';
import type { ProducedRecord } from '../record.ts';
import type { Checkpoints, StoreChange } from '../state/store.ts';
import type { ProcessedBatch } from './batch-processor.ts';
import { changelogTopic } from './restore.ts';

/** Makes a processed batch visible: its outputs, its store changes and its offsets. */
export interface Committer {
  /** Takes over from whoever committed for this task before. */
  open(): Promise<void>;
  /**
   * @returns how far each changelog is contained in the stores once the batch's changes are applied to them
   * @throws ProducerFencedError when the task has moved to another instance
   * @throws CommitFailedError when the outcome is unknown: close, open again, and ask for the committed offset
   */
  commit(batch: ProcessedBatch, offsets: readonly PartitionOffset[], streamTime: number): Promise<Checkpoints>;
  close(): Promise<void>;
}

interface CommitterTask {
  readonly applicationId: string;
  readonly topology: string;
  readonly groupId: string;
  readonly partition: number;
}

/** One send for each topic-partition, in the order in which they were first written to. */
const sendsOf = (batch: ProcessedBatch, partition: number): PartitionSend[] =>
  [...batch.outputs].flatMap(([topic, records]) =>
    [...Map.groupBy(records, (record) => record.partition ?? partition)].map(([to, mine]) => ({
      topic,
      partition: to,
      records: mine,
    })),
  );

/** Everything in one Kafka transaction. */
export class TransactionalCommitter implements Committer {
  readonly #task: CommitterTask;
  readonly #createProducer: () => TransactionalProducer;
  #producer: TransactionalProducer | null = null;

  constructor(task: CommitterTask, createProducer: () => TransactionalProducer) {
    this.#task = task;
    this.#createProducer = createProducer;
  }

  async open(): Promise<void> {
    await this.close();
    this.#producer = this.#createProducer();
    await this.#producer.init();
  }

  async commit(batch: ProcessedBatch, offsets: readonly PartitionOffset[], streamTime: number): Promise<Checkpoints> {
    if (this.#producer === null) throw new CommitFailedError('The task was closed before its batch was committed');
    const { groupId, partition } = this.#task;
    const changelogs = this.#changelogs(batch.changes, streamTime);
    const sends = [...sendsOf(batch, partition), ...changelogs];
    const ends = await this.#producer.commit({ groupId, offsets, sends });
    const topics = new Set(changelogs.map(({ topic }) => topic));
    return new Map(ends.filter(({ topic }) => topics.has(topic)).map(({ topic, offset }) => [topic, offset]));
  }

  async close(): Promise<void> {
    const producer = this.#producer;
    this.#producer = null;
    await producer?.close();
  }

  #changelogs(changes: readonly StoreChange[], timestamp: number): PartitionSend[] {
    const { applicationId, topology, partition } = this.#task;
    const byStore = new Map<string, ProducedRecord[]>();
    for (const { store, key, value } of changes) {
      const record = { key: Buffer.from(key, 'utf8'), value, timestamp, headers: {} };
      const records = byStore.get(store);
      if (records === undefined) byStore.set(store, [record]);
      else records.push(record);
    }
    return [...byStore].map(([store, records]) => ({
      topic: changelogTopic(applicationId, topology, store),
      partition,
      records,
    }));
  }
}

/**
 * Outputs first, then the offsets: what is lost in between is done again. For topologies whose sinks are safe to
 * repeat; they have no stores.
 */
export class AtLeastOnceCommitter implements Committer {
  readonly #partition: number;
  readonly #producer: PlainProducer;
  readonly #consumer: StreamConsumer;
  readonly #isAssigned: () => boolean;

  /** @param isAssigned whether the partition is still this member's */
  constructor(partition: number, producer: PlainProducer, consumer: StreamConsumer, isAssigned: () => boolean) {
    this.#partition = partition;
    this.#producer = producer;
    this.#consumer = consumer;
    this.#isAssigned = isAssigned;
  }

  open(): Promise<void> {
    return Promise.resolve();
  }

  async commit(batch: ProcessedBatch, offsets: readonly PartitionOffset[]): Promise<Checkpoints> {
    for (const send of sendsOf(batch, this.#partition)) await this.#producer.send(send);
    // The broker takes offsets of any partition from any member: they would go back to before what the new owner has
    // committed.
    if (!this.#isAssigned()) throw new CommitFailedError('The partition has moved to another instance');
    if (offsets.length > 0) await this.#consumer.commit(offsets);
    return new Map();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
