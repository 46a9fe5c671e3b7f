import { StoreNotAvailableError, StreamsStateError } from '../errors.ts';
import type { Serde } from '../serde.ts';
import type { LocalState, ReadonlyStore, StoreDefinition } from '../state/store.ts';
import { parseWindowedKey, windowsOf } from '../state/windowed-key.ts';
import { keyOfStoreKey, storeKeyOf } from '../table/materialized.ts';
import type { Topology } from '../topology/topology.ts';
import { mergedStore } from './merged-store.ts';
import { storedValues } from './stored-values.ts';

/** A store by its name, or by its definition, which says what it holds. */
export type StoreName<V> = string | StoreDefinition<V>;

export interface StoreQuery {
  /** Of one partition only. Default: all that this instance has. */
  readonly partition?: number;
}

/** What a table of this instance holds, by its own keys. */
export interface ReadonlyTable<K, V> {
  /**
   * @throws StoreNotAvailableError also where the key is not here and belongs to a partition another instance has, by the
   * way every Kafka client partitions by default
   */
  get(key: K): Promise<V | undefined>;
  /** Entries with `from <= key < to` in the order of the keys' bytes, of this instance's partitions. Default: all. */
  range(range?: TableRange<K>): Promise<readonly (readonly [key: K, value: V])[]>;
}

export interface TableRange<K> {
  readonly from?: K;
  readonly to?: K;
  readonly limit?: number;
  readonly reverse?: boolean;
}

/** What a table of windows of this instance holds. */
export interface ReadonlyWindowStore<K, V> {
  /** A key's windows that begin from `from` to `to`, both inclusive, in milliseconds since the epoch; in their order. */
  fetch(key: K, from: number, to: number): Promise<readonly (readonly [windowStart: number, value: V])[]>;
}

export interface LocalStoresParts {
  readonly topology: Topology;
  /** @throws StreamsStateError while the streams do not run */
  readonly assertRunning: () => void;
  /** What the group gave this instance of a sub-topology, by partition; null where a task is not ready to be read. */
  readonly statesOf: (subTopology: number) => ReadonlyMap<number, LocalState | null> | null;
  readonly globalStore: (name: string) => ReadonlyStore<unknown>;
  /** The partition of a sub-topology that a key belongs to. */
  readonly partitionOf: (subTopology: number, key: Buffer) => number;
}

/** Reads the stores of this instance's tasks, and its global tables: committed state, never what a batch is at. */
export class LocalStores {
  readonly #parts: LocalStoresParts;

  constructor(parts: LocalStoresParts) {
    this.#parts = parts;
  }

  store<V>(wanted: StoreName<V>, { partition }: StoreQuery = {}): ReadonlyStore<V> {
    const name = nameOf(wanted);
    this.#parts.assertRunning();
    if (this.#isGlobal(name)) return this.#parts.globalStore(name) as ReadonlyStore<V>;
    const { subTopology, definition } = this.#find(name);
    const parts = (): readonly ReadonlyStore<V>[] => {
      const states = this.#statesOf(subTopology, name);
      if (partition === undefined) return [...states.values()].map((local) => storedValues<V>(definition, local));
      const local = states.get(partition);
      if (local === undefined) throw notHere(name, partition);
      return [storedValues<V>(definition, local)];
    };
    parts();
    return mergedStore(parts);
  }

  table<K, V>(wanted: StoreName<V>, keySerde: Serde<K>): ReadonlyTable<K, V> {
    const name = nameOf(wanted);
    const store = this.store<V>(wanted);
    return {
      get: async (key) => {
        const value = await store.get(storeKeyOf(keySerde, key));
        if (value === undefined) this.#assertOwn(name, keyBytes(keySerde, key));
        return value;
      },
      range: async ({ from, to, ...range } = {}) => {
        const entries = await store.range({
          ...range,
          ...(from !== undefined && { from: storeKeyOf(keySerde, from) }),
          ...(to !== undefined && { to: storeKeyOf(keySerde, to) }),
        });
        return entries.map(([storeKey, value]) => [keyOfStoreKey(keySerde, storeKey), value] as const);
      },
    };
  }

  windowStore<K, V>(wanted: StoreName<V>, keySerde: Serde<K>): ReadonlyWindowStore<K, V> {
    const name = nameOf(wanted);
    const store = this.store<V>(wanted);
    return {
      fetch: async (key, from, to) => {
        const entries = await store.range(windowsOf(storeKeyOf(keySerde, key), Math.max(0, from), to + 1));
        if (entries.length === 0) this.#assertOwn(name, keyBytes(keySerde, key));
        return entries.map(([storeKey, value]) => [parseWindowedKey(storeKey).at, value] as const);
      },
    };
  }

  /** The sub-topology a store belongs to. @throws StreamsStateError where there is no such store */
  subTopologyOf(store: string): number {
    return this.#find(store).subTopology;
  }

  #isGlobal(name: string): boolean {
    return this.#parts.topology.globalTables().some(({ store }) => store.name === name);
  }

  #find(name: string): { readonly subTopology: number; readonly definition: StoreDefinition } {
    const parts = this.#parts.topology.subTopologies();
    const subTopology = parts.findIndex((part) => part.stores().some((store) => store.name === name));
    const definition = parts[subTopology]?.stores().find((store) => store.name === name);
    if (definition === undefined) throw new StreamsStateError(`There is no store ${name}`, { facts: { store: name } });
    return { subTopology, definition };
  }

  /** Where one task is not ready, a key of it would seem not to be there: then none is read, as in Kafka Streams. */
  #statesOf(subTopology: number, store: string): ReadonlyMap<number, LocalState> {
    this.#parts.assertRunning();
    const states = this.#parts.statesOf(subTopology);
    if (states === null)
      throw new StoreNotAvailableError(`Store ${store} has no partition here yet`, { facts: { store } });
    const ready = new Map<number, LocalState>();
    for (const [partition, local] of states) {
      if (local === null) {
        throw new StoreNotAvailableError(`Store ${store} is not ready`, { facts: { store, partition } });
      }
      ready.set(partition, local);
    }
    return ready;
  }

  #assertOwn(store: string, key: Buffer): void {
    if (this.#isGlobal(store)) return;
    const { subTopology } = this.#find(store);
    const partition = this.#parts.partitionOf(subTopology, key);
    if (!this.#statesOf(subTopology, store).has(partition)) throw notHere(store, partition);
  }
}

const nameOf = <V>(store: StoreName<V>): string => (typeof store === 'string' ? store : store.name);

/** What a key's partition is chosen by. */
export const keyBytes = <K>(keySerde: Serde<K>, key: K): Buffer =>
  keySerde.partitionBytes?.(key) ?? keySerde.serialize(key);

const notHere = (store: string, partition: number): StoreNotAvailableError =>
  new StoreNotAvailableError(`Partition ${String(partition)} of store ${store} is not at this instance`, {
    facts: { store, partition },
  });
