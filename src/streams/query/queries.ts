import type { Clock } from '../../common/clock.ts';
import type { KafkaClientSupplier, StreamAdmin } from '../ports.ts';
import type { Serde } from '../serde.ts';
import type { LocalState, ReadonlyStore } from '../state/store.ts';
import type { Topology } from '../topology/topology.ts';
import { Instances, type KeyMetadata, type StreamsMetadata } from './instances.ts';
import {
  keyBytes,
  LocalStores,
  type ReadonlyTable,
  type ReadonlyWindowStore,
  type StoreName,
  type StoreQuery,
} from './local-stores.ts';
import { type StoreSize, storeSizes } from './store-sizes.ts';

export interface QueriesParts {
  readonly topology: Topology;
  readonly groupId: string;
  readonly admin: StreamAdmin;
  readonly clock: Clock;
  readonly clientSupplier: Pick<KafkaClientSupplier, 'partitionOf'>;
  readonly applicationServer: string | undefined;
  /** @throws StreamsStateError while the streams do not run */
  readonly assertRunning: () => void;
  /** Of each topic, once the streams have been started. */
  readonly partitionCounts: () => ReadonlyMap<string, number>;
  readonly tasks: {
    committedStates(subTopology: number): ReadonlyMap<number, LocalState | null> | null;
    isAssigned(taskId: string): boolean;
  };
  readonly globalStore: (name: string) => ReadonlyStore<unknown>;
}

/** What running streams answer about their stores; see `KafkaStreams`. */
export class Queries {
  readonly #parts: QueriesParts;
  readonly #stores: LocalStores;
  readonly #instances: Instances;

  constructor(parts: QueriesParts) {
    const { topology, groupId, admin, clock, applicationServer, tasks, assertRunning, globalStore } = parts;
    this.#parts = parts;
    this.#stores = new LocalStores({
      ...{ topology, assertRunning, globalStore },
      statesOf: (subTopology) => tasks.committedStates(subTopology),
      partitionOf: (subTopology, key) => this.#partitionOf(subTopology, key),
    });
    this.#instances = new Instances({
      ...{ topology, groupId, admin, clock, applicationServer },
      isAssigned: (subTopology, partition) => tasks.isAssigned(`${String(subTopology)}_${String(partition)}`),
    });
  }

  store<V>(store: StoreName<V>, query: StoreQuery): ReadonlyStore<V> {
    return this.#stores.store(store, query);
  }

  table<K, V>(store: StoreName<V>, keySerde: Serde<K>): ReadonlyTable<K, V> {
    return this.#stores.table(store, keySerde);
  }

  windowStore<K, V>(store: StoreName<V>, keySerde: Serde<K>): ReadonlyWindowStore<K, V> {
    return this.#stores.windowStore(store, keySerde);
  }

  storeSizes(): Promise<readonly StoreSize[]> {
    const { topology, tasks } = this.#parts;
    return storeSizes(topology, (subTopology) => tasks.committedStates(subTopology));
  }

  async metadataForKey<K>(store: string, key: K, keySerde: Serde<K>): Promise<KeyMetadata> {
    this.#parts.assertRunning();
    const subTopology = this.#stores.subTopologyOf(store);
    return this.#instances.holderOf(subTopology, this.#partitionOf(subTopology, keyBytes(keySerde, key)));
  }

  async allMetadata(): Promise<readonly StreamsMetadata[]> {
    this.#parts.assertRunning();
    return this.#instances.all();
  }

  /** The group was dealt out anew. */
  onRebalance(): void {
    this.#instances.forget();
  }

  #partitionOf(subTopology: number, key: Buffer): number {
    const counts = this.#parts.partitionCounts();
    const topics = this.#parts.topology.subTopologies()[subTopology]?.sourceTopics() ?? [];
    const partitions = Math.max(...topics.map((topic) => counts.get(topic) ?? 0));
    return this.#parts.clientSupplier.partitionOf(key, partitions);
  }
}
