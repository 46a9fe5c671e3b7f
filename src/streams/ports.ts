export { CommitFailedError, MembershipLostError, ProducerFencedError } from './errors.ts';
export { DeserializationError } from './errors.ts';
export type { Serde } from './serde.ts';
export { placeOf } from './record.ts';
export type { ConsumedRecord, ProducedRecord, TopicPartition } from './record.ts';
import type { ConsumedRecord, ProducedRecord, TopicPartition } from './record.ts';

/**
 * What the engine needs of a Kafka client, cut so that another client can take kafkajs' place.
 * Offsets are those of the next record to read.
 */
export interface KafkaClientSupplier {
  consumer(options: ConsumerOptions): StreamConsumer;
  transactionalProducer(options: TransactionalProducerOptions): TransactionalProducer;
  producer(): PlainProducer;
  admin(): StreamAdmin;
  /** Follows whole topics outside of any group: for global tables, which every instance holds in full. */
  topicReader(options: TopicReaderOptions): TopicReader;
  /** Where every Kafka client puts a key by default, so that whoever writes it writes it to the same place. */
  partitionOf(key: Buffer | null, partitions: number): number;
}

export interface TopicReaderOptions {
  /** Where reading begins: one entry for each partition to follow. */
  readonly positions: readonly PartitionOffset[];
  /** Committed records only, in offset order within a partition; the next chunk of the partition waits for it. */
  readonly onFetched: (chunk: FetchedChunk) => Promise<void>;
  /** Reading stopped by itself and goes on by itself only where `restarts`. */
  readonly onCrash: (error: Error, restarts: boolean) => void;
}

export interface TopicReader {
  /** Resolves when reading has begun. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface ConsumerOptions {
  readonly groupId: string;
  readonly topics: readonly string[];
  /** host:port at which this instance answers others, told to the whole group; see `StreamAdmin.groupMembers`. */
  readonly applicationServer?: string;
  /** A member that is silent for so long is taken out of the group. */
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  /** How long the broker may hold a fetch open while there is nothing to read. */
  readonly maxWaitMs: number;
  /** While records keep coming, a fetch gathers them for so long; the first after a pause is handed over at once. */
  readonly gatherMs: number;
  readonly listener: ConsumerListener;
}

/** A member's place in its group. The broker takes transactional offsets of no member of another generation. */
export interface GroupMembership {
  readonly groupId: string;
  readonly memberId: string;
  /** One more each time the group is formed anew. */
  readonly generationId: number;
}

export interface ConsumerListener {
  /**
   * The group is about to be formed anew, and waits for this member: its generation ends once this resolves, unless it has
   * ended already. Also more than once before `onAssigned`. No heartbeat is sent meanwhile, so it must not take longer than
   * a session.
   */
  onRejoining?(): Promise<void>;
  /**
   * The group took this member in and gave it these partitions, also at every rebalance; called before any record of them is
   * handed over, and all of them are paused. Must not block.
   */
  onAssigned(partitions: readonly TopicPartition[], membership: GroupMembership): void;
  /** Must return at once, or the heartbeat stops. */
  onFetched(chunk: FetchedChunk): void;
  /** A broker answered a fetch. */
  onFetch(): void;
  /** The group's coordinator answered: this member still belongs to it. */
  onHeartbeat(): void;
  /** The consumer stopped by itself; it restarts by itself only where `restarts`. */
  onCrash(error: Error, restarts: boolean): void;
}

/** A stretch of one partition, without a hole between it and the one before. */
export interface FetchedChunk {
  readonly partition: TopicPartition;
  /**
   * The offset that was asked for. Where there are no records to show, a client may know only the first offset it was
   * answered with, which is greater where compaction has left a gap.
   */
  readonly from: number;
  /** The offset to ask for next: markers and aborted records in between are not shown. */
  readonly next: number;
  /** In offset order; may be empty. */
  readonly records: readonly ConsumedRecord[];
  /** The partition's next offset at the broker. */
  readonly highWatermark: number;
}

export interface StreamConsumer {
  /**
   * Joins the group; rejects when that fails for good. A former member is one that this instance was and that was killed:
   * it is taken out of the group first, which would otherwise wait for it until its session is over.
   */
  start(options?: { readonly formerMemberId?: string }): Promise<void>;
  /** Where the next fetch of the partition begins. Between a crash and the next `onAssigned` this does nothing. */
  seek(partition: TopicPartition, offset: number): void;
  pause(partitions: readonly TopicPartition[]): void;
  resume(partitions: readonly TopicPartition[]): void;
  /** Commits outside of a transaction, under this member's generation. */
  commit(offsets: readonly PartitionOffset[]): Promise<void>;
  /** Leaves the group. */
  stop(): Promise<void>;
}

export interface PartitionOffset extends TopicPartition {
  readonly offset: number;
  /** What the engine keeps beside the offset: the stream time, as Kafka Streams does. */
  readonly metadata?: string;
}

export interface TransactionalProducerOptions {
  readonly transactionalId: string;
  readonly transactionTimeoutMs: number;
}

/** All that one transaction makes visible at once. */
export interface CommitUnit {
  /** Whose offsets they are: a member that the group has gone on without is refused. */
  readonly membership: GroupMembership;
  readonly offsets: readonly PartitionOffset[];
  /** One entry a topic-partition. */
  readonly sends: readonly PartitionSend[];
}

export interface PartitionSend extends TopicPartition {
  readonly records: readonly ProducedRecord[];
}

export interface TransactionalProducer {
  /** Fences every older producer of this transactional id and waits until its open transaction is settled. */
  init(): Promise<void>;
  /**
   * Sends, adds the offsets, commits. After a rejection the outcome is unknown and the producer must be closed.
   * @returns for each send, the offset that follows it and the transaction's marker
   * @throws ProducerFencedError when a newer producer of this id exists, or the transaction timed out
   * @throws MembershipLostError when the group has gone on without this member; nothing was committed
   */
  commit(unit: CommitUnit): Promise<readonly PartitionOffset[]>;
  close(): Promise<void>;
}

export interface PlainProducer {
  connect(): Promise<void>;
  /** Resolves once all in-sync replicas hold the records; they may be stored more than once. */
  send(send: PartitionSend): Promise<void>;
  close(): Promise<void>;
}

export interface StreamAdmin {
  connect(): Promise<void>;
  /** Number of partitions of each topic; undefined for a topic that does not exist. */
  partitionCounts(topics: readonly string[]): Promise<ReadonlyMap<string, number | undefined>>;
  /** First offset of a partition, and the one behind the last that a reader of committed records may see. */
  offsets(partition: TopicPartition): Promise<{ readonly low: number; readonly high: number }>;
  /**
   * The offset behind the last record, whether that is committed or not: a reader of committed records reaches it once
   * every transaction that is open now has ended.
   */
  endOffset(partition: TopicPartition): Promise<number>;
  /**
   * The group's committed offset with its metadata; undefined where there is none. Waits while a transaction that holds
   * another one is still open (KIP-447): what is answered can be changed by members of the current generation only.
   * Less than 0 where the client lost its place and began anew: what was committed before is not known any more.
   * @throws DependencyUnavailableError also where such a transaction stays open for longer than any may
   */
  committedOffset(groupId: string, partition: TopicPartition): Promise<PartitionOffset | undefined>;
  /** Who holds which partitions of a group right now; empty while it has no members. */
  groupMembers(groupId: string): Promise<readonly GroupMember[]>;
  /** Deletes all records before these offsets: of internal topics, once nobody needs them any more. */
  deleteRecords(before: readonly PartitionOffset[]): Promise<void>;
  /** Creates what does not exist; leaves what does. */
  createTopics(topics: readonly InternalTopic[]): Promise<void>;
  /**
   * Reads committed records of a partition in [from, to), in order, a fetch at a time, without a place in any group
   * that matters.
   * @throws DependencyUnavailableError; or what `onBatch` threw, or the signal's reason, as it is
   */
  read(partition: TopicPartition, range: ReadRange, onBatch: OnRead): Promise<void>;
  close(): Promise<void>;
}

export interface GroupMember {
  /** What the member gave as its `applicationServer`; undefined where it gave none. */
  readonly applicationServer: string | undefined;
  readonly partitions: readonly TopicPartition[];
}

/** The offsets [from, to) of a partition. */
export interface ReadRange {
  readonly from: number;
  readonly to: number;
  /** Ends the reading early. */
  readonly signal?: AbortSignal;
}

/** Told how far the reading is, also over records that are not shown (markers, aborted); the next fetch waits for it. */
export type OnRead = (records: readonly ConsumedRecord[], position: number) => Promise<void>;

export interface InternalTopic {
  readonly name: string;
  readonly partitions: number;
  readonly config: Readonly<Record<string, string>>;
}
