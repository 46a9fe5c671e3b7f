import type { StreamRecord } from './record.ts';
import { type Serde, stringSerde } from './serde.ts';
import type { Partitioning } from './topology/nodes.ts';

/** How a source reads its topics. */
export interface Consumed<K, V> {
  readonly name?: string;
  readonly keySerde: Serde<K>;
  readonly valueSerde: Serde<V>;
  /** When a record happened, in milliseconds since the epoch. Default: its own timestamp. */
  readonly timestampOf?: (record: StreamRecord<K, V>) => number;
}

/** `Consumed.with(serde)` reads keys as text; `withKey` names another key serde first. */
export const Consumed = {
  with: <V>(valueSerde: Serde<V>, name?: string): Consumed<string, V> => withSerdes(stringSerde, valueSerde, name),
  withKey: <K, V>(keySerde: Serde<K>, valueSerde: Serde<V>, name?: string): Consumed<K, V> =>
    withSerdes(keySerde, valueSerde, name),
};

/** How a sink writes its topic. */
export interface Produced<K, V> {
  readonly name?: string;
  readonly keySerde: Serde<K>;
  readonly valueSerde: Serde<V>;
  /** Default: `stay` where nobody changed the key, and otherwise `key`. */
  readonly partitioning?: Partitioning<K, V>;
}

export const Produced = {
  with: <V>(valueSerde: Serde<V>, name?: string): Produced<string, V> => withSerdes(stringSerde, valueSerde, name),
  withKey: <K, V>(keySerde: Serde<K>, valueSerde: Serde<V>, name?: string): Produced<K, V> =>
    withSerdes(keySerde, valueSerde, name),
};

/**
 * How records are written between two sub-topologies, where they must be partitioned anew, and how their keys are
 * written in the stores behind that. The name is part of the repartition topic's and the store's.
 */
export interface Grouped<K, V> {
  readonly name?: string;
  readonly keySerde: Serde<K>;
  readonly valueSerde: Serde<V>;
}

export const Grouped = {
  with: <V>(valueSerde: Serde<V>, name?: string): Grouped<string, V> => withSerdes(stringSerde, valueSerde, name),
  withKey: <K, V>(keySerde: Serde<K>, valueSerde: Serde<V>, name?: string): Grouped<K, V> =>
    withSerdes(keySerde, valueSerde, name),
};

/**
 * How a stream's records are written on their way to the table they are joined with, where their key was changed. The
 * key must be written as in the table's topic, or it lands in another partition. The name is the join's.
 */
export interface Joined<K, V> {
  readonly name?: string;
  readonly keySerde: Serde<K>;
  readonly valueSerde: Serde<V>;
}

export const Joined = {
  with: <V>(valueSerde: Serde<V>, name?: string): Joined<string, V> => withSerdes(stringSerde, valueSerde, name),
  withKey: <K, V>(keySerde: Serde<K>, valueSerde: Serde<V>, name?: string): Joined<K, V> =>
    withSerdes(keySerde, valueSerde, name),
};

/** A repartition topic made by hand. */
export interface Repartitioned<K, V> extends Grouped<K, V> {
  /** Default: as many as the stream's sources have. */
  readonly partitions?: number;
  /** Default: by key. */
  readonly partitioning?: Partitioning<K, V>;
}

function withSerdes<K, V>(
  keySerde: Serde<K>,
  valueSerde: Serde<V>,
  name: string | undefined,
): { readonly keySerde: Serde<K>; readonly valueSerde: Serde<V>; readonly name?: string } {
  return name === undefined ? { keySerde, valueSerde } : { keySerde, valueSerde, name };
}
