import type { OperatorFunction } from 'rxjs';
import type { Logger } from '../../common/logger.ts';
import type { ConsumedRecord, NewRecord, StreamRecord } from '../record.ts';
import type { Serde } from '../serde.ts';
import type { KeyValueStore, ReadonlyStore, StoreDefinition } from '../state/store.ts';

/** Which clock a punctuator follows: the records' own, or the task's. */
export type PunctuationType = 'STREAM_TIME' | 'WALL_CLOCK_TIME';

/**
 * Called when its time has come, within a micro-batch and its transaction, also when no record was read. What it returns
 * goes on to the node's children, behind what the node made of the batch. It may be called again for the same time when
 * the batch is tried again, and must then do the same.
 *
 * @param timestamp the stream time or the wall clock time, in milliseconds since the epoch
 */
export type Punctuator<K, V> = (timestamp: number) => Iterable<NewRecord<K, V>> | Promise<Iterable<NewRecord<K, V>>>;

export interface Cancellable {
  cancel(): void;
}

/** What a stateful operator is given when its task begins; it lives as long as the task. K and V are what it emits. */
export interface ProcessorContext<K = unknown, V = unknown> {
  /** `<sub-topology>_<partition>`, as in Kafka Streams. */
  readonly taskId: string;
  readonly partition: number;
  readonly logger: Logger;
  /** The greatest timestamp of any record the task has read, those of this batch too; milliseconds since the epoch. */
  streamTime(): number;
  /** The stream time before this batch: for who advances it record by record. */
  streamTimeBefore(): number;
  /**
   * The stream time as it was when this record, or the one it was made from, was read: the same however records are cut
   * into batches. For what a punctuator made: the stream time.
   */
  streamTimeAt(record: StreamRecord<unknown, unknown>): number;
  /** The wall clock in milliseconds since the epoch; it stands still during a micro-batch. */
  currentSystemTimeMs(): number;
  /** @throws TopologyError where the operator did not declare the store */
  store<S>(definition: StoreDefinition<S>): KeyValueStore<S>;
  /** A table that every instance holds in full; it cannot be written. */
  globalStore<S>(definition: StoreDefinition<S>): ReadonlyStore<S>;
  /**
   * Takes a record out of the batch: what the batch did for it is undone, the processing exception handler decides
   * whether it becomes a dead letter, and its neighbours are applied. The operator must not emit anything for it. A
   * punctuator may fail what it keeps, by its source: see `isLeftOut`.
   */
  fail(record: Pick<StreamRecord<unknown, unknown>, 'source'>, error: unknown): void;
  /**
   * For punctuators that hand on records which were read in other batches: whether the one of this source has failed,
   * here or further on. The batch is then passed again, and what the punctuator makes of it is thrown away.
   */
  isLeftOut(source: ConsumedRecord): boolean;
  /**
   * Calls back every `intervalMs`. On stream time: first with the first record, then whenever the records' time has
   * passed the next multiple, once however many it passed. On the wall clock: first after one interval.
   */
  schedule(intervalMs: number, type: PunctuationType, punctuator: Punctuator<K, V>): Cancellable;
  /**
   * The result of a call that must not be repeated while a micro-batch is tried again (a token taken, a look-up paid
   * for): made once a batch and name, and forgotten when the batch ends. A rejection is not remembered.
   */
  once<T>(name: string, make: () => Promise<T>): Promise<T>;
  /**
   * What several calls within one pass over the micro-batch share: made anew when the batch is passed again, as its
   * store changes are undone then.
   */
  perPass<T>(name: string, make: () => T): T;
  /**
   * Called when what this pass did has been committed, and forgotten where it is undone: for who tells others of it, or
   * keeps in memory what the stores hold. Must not throw.
   */
  afterCommit(effect: () => void): void;
  /** Called when the task lets go of the operator. */
  onClose(callback: () => void): void;
}

/** A named piece of a topology: a way from records to records, with the stores it uses. */
export interface Processor<K1, V1, K2, V2> {
  readonly name: string;
  readonly stores: readonly StoreDefinition[];
  /** Stores of global tables that it reads. */
  readonly globalStores?: readonly StoreDefinition[];
  /** Whether what it emits has the key of what came, so that it need not be repartitioned. Default: it may not. */
  readonly keepsKey?: boolean;
  /**
   * That it writes none of its stores, and must see them as they were when each record came: where another node writes
   * one of them on account of the same source, that source's records go through one at a time.
   */
  readonly readsAsOf?: boolean;
  /** Called once for each task; the operator is subscribed to once for each micro-batch. */
  create(context: ProcessorContext<K2, V2>): OperatorFunction<StreamRecord<K1, V1>, StreamRecord<K2, V2>>;
}

/** The nodes hold records of every type: types are checked where the topology is declared, in `KStream`. */
type Untyped = never;

export interface SourceNode {
  readonly kind: 'source';
  readonly name: string;
  readonly topics: readonly string[];
  readonly keySerde: Serde<unknown>;
  readonly valueSerde: Serde<unknown>;
  /** What a record without a value is: an error, or a deletion, which goes on with the value null. */
  readonly nullValues?: 'refuse' | 'tombstone';
  /** Where the record's own timestamp is not its time, e.g. a field of the value. Default: the record's. */
  readonly timestampOf?: (record: StreamRecord<unknown, unknown>) => number;
}

export interface ProcessorNode {
  readonly kind: 'processor';
  readonly name: string;
  readonly parents: readonly string[];
  readonly processor: Processor<Untyped, Untyped, unknown, unknown>;
}

/**
 * Which partition a record is written to.
 *
 * - `task`: the one with the task's own number. One writer for every partition; the topics must be co-partitioned.
 * - `key`: the one of its key, as every Kafka client chooses it by default.
 * - `stay`: where its source lay, if the topic has as many partitions, and otherwise by key. For keys nobody changed.
 * - a function: a number in [0, partitions).
 */
export type Partitioning<K = unknown, V = unknown> =
  | 'task'
  | 'key'
  | 'stay'
  | ((record: StreamRecord<K, V>, partitions: number) => number);

export interface SinkNode {
  readonly kind: 'sink';
  readonly name: string;
  readonly parents: readonly string[];
  readonly topic: string;
  readonly keySerde: Serde<unknown>;
  readonly valueSerde: Serde<unknown>;
  readonly partitioning: Partitioning<Untyped, Untyped>;
}

/** A topic that every instance reads in full into a store of its own, outside of any task. */
export interface GlobalTableNode {
  readonly kind: 'global';
  readonly name: string;
  readonly topic: string;
  readonly keySerde: Serde<unknown>;
  readonly store: StoreDefinition;
}

export type TopologyNode = SourceNode | ProcessorNode | SinkNode | GlobalTableNode;

/** A topic between two sub-topologies, made by the streams; its full name begins with the application and the topology. */
export interface RepartitionTopic {
  readonly topic: string;
  /** Default: as many as the records' source has. */
  readonly partitions?: number;
}

export const parentsOf = (node: TopologyNode): readonly string[] => {
  switch (node.kind) {
    case 'source':
    case 'global':
      return [];
    case 'processor':
    case 'sink':
      return node.parents;
  }
};

export const storesOf = (node: TopologyNode): readonly StoreDefinition[] =>
  node.kind === 'processor' ? node.processor.stores : [];

/** The topics a node reads in its task. */
export const topicsOf = (node: TopologyNode): readonly string[] => (node.kind === 'source' ? node.topics : []);
