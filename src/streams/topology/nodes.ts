import type { OperatorFunction } from 'rxjs';
import type { Logger } from '../../common/logger.ts';
import type { StreamRecord } from '../record.ts';
import type { Serde } from '../serde.ts';
import type { KeyValueStore, StoreDefinition } from '../state/store.ts';

/** What a stateful operator is given when its task begins; it lives as long as the task. */
export interface ProcessorContext {
  /** `<sub-topology>_<partition>`, as in Kafka Streams. */
  readonly taskId: string;
  readonly logger: Logger;
  /** The greatest timestamp of any record the task has read, in milliseconds since the epoch. */
  streamTime(): number;
  /** @throws TopologyError where the operator did not declare the store */
  store<V>(definition: StoreDefinition<V>): KeyValueStore<V>;
  /**
   * Takes a record out of the batch: what the batch did for it is undone, the processing exception handler decides
   * whether it becomes a dead letter, and its neighbours are applied. The operator must not emit anything for it.
   */
  fail(record: StreamRecord<unknown, unknown>, error: unknown): void;
}

/** A named piece of a topology: a way from records to records, with the stores it uses. */
export interface Processor<K1, V1, K2, V2> {
  readonly name: string;
  readonly stores: readonly StoreDefinition[];
  /** Called once for each task; the operator is subscribed to once for each micro-batch. */
  create(context: ProcessorContext): OperatorFunction<StreamRecord<K1, V1>, StreamRecord<K2, V2>>;
}

/** The nodes hold records of every type: types are checked where the topology is declared, in `KStream`. */
type Untyped = never;

export interface SourceNode {
  readonly kind: 'source';
  readonly name: string;
  readonly topics: readonly string[];
  readonly keySerde: Serde<unknown>;
  readonly valueSerde: Serde<unknown>;
}

export interface ProcessorNode {
  readonly kind: 'processor';
  readonly name: string;
  readonly parents: readonly string[];
  readonly processor: Processor<Untyped, Untyped, unknown, unknown>;
}

export interface SinkNode {
  readonly kind: 'sink';
  readonly name: string;
  readonly parents: readonly string[];
  readonly topic: string;
  readonly keySerde: Serde<unknown>;
  readonly valueSerde: Serde<unknown>;
}

export type TopologyNode = SourceNode | ProcessorNode | SinkNode;

export const parentsOf = (node: TopologyNode): readonly string[] => {
  switch (node.kind) {
    case 'source':
      return [];
    case 'processor':
    case 'sink':
      return node.parents;
  }
};

export const storesOf = (node: TopologyNode): readonly StoreDefinition[] =>
  node.kind === 'processor' ? node.processor.stores : [];
