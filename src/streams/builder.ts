import { KStream } from './kstream.ts';
import { type Serde, stringSerde } from './serde.ts';
import type { TopologyNode } from './topology/nodes.ts';
import { Topology } from './topology/topology.ts';

/** How a source reads its topics. */
export interface Consumed<K, V> {
  readonly name?: string;
  readonly keySerde: Serde<K>;
  readonly valueSerde: Serde<V>;
}

/** `Consumed.with(serde)` reads keys as text; another key serde goes second. */
export const Consumed = {
  with: <V>(valueSerde: Serde<V>): Consumed<string, V> => ({ keySerde: stringSerde, valueSerde }),
  withKey: <K, V>(keySerde: Serde<K>, valueSerde: Serde<V>): Consumed<K, V> => ({ keySerde, valueSerde }),
};

/** What streams use to add their nodes; a topology under declaration. */
export interface NodeRegistry {
  add(node: TopologyNode): void;
  /** The next name of a kind that was given none, e.g. `KSTREAM-MAP-0000000003`. */
  nextName(kind: string): string;
}

/**
 * Declares a topology, in the words of Kafka Streams.
 *
 * @example
 * const builder = new StreamsBuilder('orders');
 * builder.stream('orders', Consumed.with(orderSerde)).filter((order) => order.total > 0).to('paid', Produced.with(orderSerde));
 * const topology = builder.build();
 */
export class StreamsBuilder implements NodeRegistry {
  readonly #name: string;
  readonly #nodes: TopologyNode[] = [];
  #deadLetterTopic: string | null = null;

  /** The name is part of group ids, transactional ids and changelog names: changing it starts anew. */
  constructor(name: string) {
    this.#name = name;
  }

  /** A stream of the records of one or more topics, which must have the same number of partitions. */
  stream<K, V>(topics: string | readonly string[], consumed: Consumed<K, V>): KStream<K, V> {
    const name = consumed.name ?? this.nextName('SOURCE');
    const { keySerde, valueSerde } = consumed;
    this.add({ kind: 'source', name, topics: typeof topics === 'string' ? [topics] : topics, keySerde, valueSerde });
    return new KStream<K, V>(this, [name]);
  }

  /** Where the bytes of records go that cannot be read or processed. */
  deadLettersTo(topic: string): this {
    this.#deadLetterTopic = topic;
    return this;
  }

  /** @throws TopologyError listing everything that is wrong */
  build(): Topology {
    return new Topology(this.#name, [...this.#nodes], this.#deadLetterTopic);
  }

  add(node: TopologyNode): void {
    this.#nodes.push(node);
  }

  nextName(kind: string): string {
    return `KSTREAM-${kind}-${String(this.#nodes.length).padStart(10, '0')}`;
  }
}
