import { partitionOf } from '../../src/adapters/kafka/key-partitions.ts';
import type {
  CommitUnit,
  ConsumedRecord,
  ConsumerOptions,
  FetchedChunk,
  GroupMember,
  InternalTopic,
  KafkaClientSupplier,
  PartitionOffset,
  PlainProducer,
  ProducedRecord,
  StreamAdmin,
  StreamConsumer,
  TopicPartition,
  TopicReader,
  TopicReaderOptions,
  TransactionalProducer,
} from '../../src/streams/ports.ts';

const idOf = ({ topic, partition }: TopicPartition): string => `${topic}-${String(partition)}`;

/** A cluster in memory: what is in each partition, what each group has committed, and who was asked what. */
export class FakeCluster implements KafkaClientSupplier {
  readonly topics = new Map<string, number>();
  readonly created: InternalTopic[] = [];
  readonly committed = new Map<string, PartitionOffset>();
  /** Of each group: who is said to be in it. */
  readonly members = new Map<string, readonly GroupMember[]>();
  /** In order: `init producer`, `commit`, `close producer`, `ask t-0` (for what is committed), `seek t-0 5`, `pause t-0`, `resume t-0`, `start`, `stop`, … */
  readonly calls: string[] = [];
  /** Asked before every commit; what it throws, the commit rejects with. */
  beforeCommit: (unit: CommitUnit) => void | Promise<void> = () => undefined;
  beforeInit: () => void | Promise<void> = () => undefined;
  /** Asked before it is told what is committed; a transaction that is open makes the broker wait. */
  beforeAnswer: (partition: TopicPartition) => void | Promise<void> = () => undefined;
  onRead: (partition: TopicPartition) => void | Promise<void> = () => undefined;
  onStart: () => void | Promise<void> = () => undefined;
  consumerOptions: ConsumerOptions | null = null;
  readonly partitionOf = partitionOf;
  #generationId = 0;
  readonly #readers = new Set<(partition: TopicPartition) => Promise<void>>();
  readonly #logs = new Map<string, { low: number; records: ConsumedRecord[] }>();

  /** What the group's coordinator gives the consumer, in a new generation: the next one, unless said otherwise. */
  assign(partitions: readonly TopicPartition[], { memberId = 'member', skipped = 0 } = {}): void {
    const { groupId, listener } = this.consumerOptions ?? {};
    this.#generationId += 1 + skipped;
    listener?.onAssigned(partitions, { groupId: groupId ?? '', memberId, generationId: this.#generationId });
  }

  log(partition: TopicPartition): { low: number; records: ConsumedRecord[] } {
    const log = this.#logs.get(idOf(partition)) ?? { low: 0, records: [] };
    this.#logs.set(idOf(partition), log);
    return log;
  }

  append(partition: TopicPartition, records: readonly ProducedRecord[]): number {
    const { low, records: log } = this.log(partition);
    for (const record of records) log.push({ ...record, ...partition, offset: low + log.length });
    for (const readOn of this.#readers) void readOn(partition);
    return low + log.length;
  }

  /** What a consumer is handed of everything from an offset on. */
  chunkFrom(partition: TopicPartition, from: number): FetchedChunk {
    const { low, records } = this.log(partition);
    const next = low + records.length;
    return {
      partition,
      from,
      next,
      records: records.filter(({ offset }) => offset >= from),
      highWatermark: next,
    };
  }

  topicReader({ positions, onFetched }: TopicReaderOptions): TopicReader {
    const offsets = new Map(positions.map((each) => [idOf(each), each.offset]));
    const readOn = async (partition: TopicPartition): Promise<void> => {
      const from = offsets.get(idOf(partition));
      const chunk = this.chunkFrom(partition, from ?? Number.POSITIVE_INFINITY);
      if (from === undefined || chunk.next <= from) return;
      // Nothing more of the partition until it is taken in.
      offsets.delete(idOf(partition));
      await onFetched(chunk);
      offsets.set(idOf(partition), chunk.next);
      if (this.#readers.has(readOn)) await readOn(partition);
    };
    return {
      start: async () => {
        this.#readers.add(readOn);
        for (const position of positions) await readOn({ topic: position.topic, partition: position.partition });
      },
      stop: () => Promise.resolve(void this.#readers.delete(readOn)),
    };
  }

  transactionalProducer(): TransactionalProducer {
    return {
      init: async () => {
        this.calls.push('init producer');
        await this.beforeInit();
      },
      commit: async (unit) => {
        this.calls.push('commit');
        await this.beforeCommit(unit);
        const ends = unit.sends.map(({ topic, partition, records }) => ({
          topic,
          partition,
          offset: this.append({ topic, partition }, records),
        }));
        for (const offset of unit.offsets) this.committed.set(`${unit.membership.groupId} ${idOf(offset)}`, offset);
        return ends;
      },
      close: () => {
        this.calls.push('close producer');
        return Promise.resolve();
      },
    };
  }

  producer(): PlainProducer {
    return {
      connect: () => Promise.resolve(),
      send: ({ topic, partition, records }) => {
        this.append({ topic, partition }, records);
        return Promise.resolve();
      },
      close: () => Promise.resolve(),
    };
  }

  consumer(options: ConsumerOptions): StreamConsumer {
    this.consumerOptions = options;
    const note = (what: string, partitions: readonly TopicPartition[]): void => {
      for (const partition of partitions) this.calls.push(`${what} ${idOf(partition)}`);
    };
    return {
      start: async () => {
        this.calls.push('start');
        await this.onStart();
      },
      seek: (partition, offset) => {
        this.calls.push(`seek ${idOf(partition)} ${String(offset)}`);
      },
      pause: (partitions) => {
        note('pause', partitions);
      },
      resume: (partitions) => {
        note('resume', partitions);
      },
      commit: (offsets) => {
        note('commit-offset', offsets);
        for (const offset of offsets) this.committed.set(`${options.groupId} ${idOf(offset)}`, offset);
        return Promise.resolve();
      },
      stop: () => {
        this.calls.push('stop');
        return Promise.resolve();
      },
    };
  }

  admin(): StreamAdmin {
    return {
      connect: () => Promise.resolve(),
      close: () => {
        this.calls.push('admin closed');
        return Promise.resolve();
      },
      partitionCounts: (topics) => Promise.resolve(new Map(topics.map((topic) => [topic, this.topics.get(topic)]))),
      offsets: (partition) => {
        const { low, records } = this.log(partition);
        return Promise.resolve({ low, high: low + records.length });
      },
      endOffset: (partition) => {
        const { low, records } = this.log(partition);
        return Promise.resolve(low + records.length);
      },
      committedOffset: async (groupId, partition) => {
        this.calls.push(`ask ${idOf(partition)}`);
        await this.beforeAnswer(partition);
        return this.committed.get(`${groupId} ${idOf(partition)}`);
      },
      groupMembers: (groupId) => Promise.resolve(this.members.get(groupId) ?? []),
      deleteRecords: (before) => {
        for (const { topic, partition, offset } of before) {
          const log = this.log({ topic, partition });
          log.records.splice(0, Math.max(0, offset - log.low));
          log.low = Math.max(log.low, offset);
        }
        return Promise.resolve();
      },
      createTopics: (topics) => {
        for (const topic of topics) {
          if (this.topics.has(topic.name)) continue;
          this.topics.set(topic.name, topic.partitions);
          this.created.push(topic);
        }
        return Promise.resolve();
      },
      read: async (partition, { from, to, signal }, onBatch) => {
        this.calls.push(`read ${idOf(partition)} ${String(from)}-${String(to)}`);
        await this.onRead(partition);
        const records = this.log(partition).records.filter(({ offset }) => offset >= from && offset < to);
        for (let at = 0; at < records.length; at += 2) {
          signal?.throwIfAborted();
          const stretch = records.slice(at, at + 2);
          await onBatch(stretch, (stretch.at(-1)?.offset ?? to) + 1);
        }
      },
    };
  }
}
