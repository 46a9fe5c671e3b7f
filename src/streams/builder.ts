import type { Consumed, Grouped } from './consumed.ts';
import { KStream } from './kstream.ts';
import type { StoreDefinition } from './state/store.ts';
import { type GlobalKTable, type GlobalMaterialized, globalTable } from './table/global-ktable.ts';
import { GroupSource } from './table/group-source.ts';
import { KGroupedStream } from './table/kgrouped-stream.ts';
import type { KTable } from './table/ktable.ts';
import type { Materialized } from './table/materialized.ts';
import { sourceTable } from './table/source-table.ts';
import type { RepartitionTopic, TopologyNode } from './topology/nodes.ts';
import { sourceNode } from './topology/source-node.ts';
import { Topology } from './topology/topology.ts';

/** What streams and tables use to add their nodes; a topology under declaration. */
export interface NodeRegistry {
  /** The topology's name. */
  readonly topology: string;
  add(node: TopologyNode): void;
  /** The next name of a kind that was given none, e.g. `KSTREAM-MAP-0000000003`. */
  nextName(kind: string): string;
  /** A topic that the topology both writes and reads, and that the streams make. */
  addRepartitionTopic(topic: RepartitionTopic): void;
  /** A topic that the topology both writes and reads, and that was made by hand. */
  addThroughTopic(topic: string): void;
  /** Makes what streams cannot make themselves, as it leads to tables, and those lead to streams. */
  group<K, V>(stream: KStream<K, V | null>, grouped: Grouped<K, V> | undefined): KGroupedStream<K, V>;
}

/**
 * Declares a topology, in the words of Kafka Streams.
 *
 * @example
 * const builder = new StreamsBuilder('orders');
 * builder.stream('orders', Consumed.with(orderSerde)).filter((order) => order.total > 0).to('paid', Produced.with(orderSerde));
 * const topology = builder.build();
 */
export class StreamsBuilder {
  readonly #name: string;
  readonly #nodes: TopologyNode[] = [];
  readonly #repartitionTopics: RepartitionTopic[] = [];
  readonly #throughTopics: string[] = [];
  readonly #addedStores: StoreDefinition[] = [];
  readonly #registry: NodeRegistry;
  #deadLetterTopic: string | null = null;

  /** The name is part of group ids, transactional ids and changelog names: changing it starts anew. */
  constructor(name: string) {
    this.#name = name;
    this.#registry = {
      topology: name,
      add: (node) => this.#nodes.push(node),
      nextName: (kind) => `${kind}-${String(this.#nodes.length).padStart(10, '0')}`,
      addRepartitionTopic: (topic) => this.#repartitionTopics.push(topic),
      addThroughTopic: (topic) => this.#throughTopics.push(topic),
      group: (stream, grouped) => new KGroupedStream(new GroupSource(stream, grouped)),
    };
  }

  /** A stream of the records of one or more topics, which must have the same number of partitions. */
  stream<K, V>(topics: string | readonly string[], consumed: Consumed<K, V>): KStream<K, V> {
    const name = consumed.name ?? this.#registry.nextName('KSTREAM-SOURCE');
    const node = sourceNode(name, typeof topics === 'string' ? [topics] : topics, consumed);
    this.#registry.add(node);
    const { keySerde, valueSerde } = consumed;
    return new KStream<K, V>({ nodes: this.#registry, parents: [name], isKeyChanged: false, keySerde, valueSerde });
  }

  /**
   * The newest value of every key of a topic, kept in a store. Null keys are dropped; a record without a value deletes
   * its key. What comes last by offset counts, whatever its timestamp.
   */
  table<K, V>(topic: string, consumed: Consumed<K, V>, materialized?: Materialized<V>): KTable<K, V> {
    return sourceTable(this.#registry, topic, consumed, materialized);
  }

  /** A table that every instance holds in full, of all partitions of a topic. Its store has the topic's value serde. */
  globalTable<K, V>(topic: string, consumed: Consumed<K, V>, materialized?: GlobalMaterialized): GlobalKTable<K, V> {
    return globalTable(this.#registry, topic, consumed, materialized);
  }

  /** A store for custom processors; one that no processor uses is a fault. */
  addStateStore(store: StoreDefinition): this {
    this.#addedStores.push(store);
    return this;
  }

  /** Where the bytes of records go that cannot be read or processed. */
  deadLettersTo(topic: string): this {
    this.#deadLetterTopic = topic;
    return this;
  }

  /** @throws TopologyError listing everything that is wrong */
  build(): Topology {
    return new Topology({
      name: this.#name,
      nodes: [...this.#nodes],
      deadLetterTopic: this.#deadLetterTopic,
      repartitionTopics: [...this.#repartitionTopics],
      throughTopics: [...this.#throughTopics],
      addedStores: [...this.#addedStores],
    });
  }
}
