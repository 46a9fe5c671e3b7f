import type { NodeRegistry } from '../builder.ts';
import type { Consumed } from '../consumed.ts';
import { addProcessor } from '../kstream.ts';
import { sourceNode } from '../topology/source-node.ts';
import { keepTable } from './keep-table.ts';
import { KTable } from './ktable.ts';
import { type Materialized, storeOf } from './materialized.ts';

/** Adds the nodes that read a topic as a table: a source for which no value is a deletion, and the keeper of the store. */
export function sourceTable<K, V>(
  nodes: NodeRegistry,
  topic: string,
  consumed: Consumed<K, V>,
  materialized: Materialized<V> = { valueSerde: consumed.valueSerde },
): KTable<K, V> {
  const source = consumed.name ?? nodes.nextName('KSTREAM-SOURCE');
  nodes.add(sourceNode(source, [topic], consumed, 'tombstone'));
  const name = consumed.name === undefined ? nodes.nextName('KTABLE-SOURCE') : `${consumed.name}-table-source`;
  // Only one source may read a topic, so its name is the store's for good, however many nodes come and go before it.
  const store = storeOf(materialized, topic);
  const { keySerde } = consumed;
  const node = addProcessor(nodes, [source], keepTable(name, store, keySerde));
  return new KTable<K, V>({
    ...{ nodes, node, keySerde },
    // The store holds what its own serde has made.
    view: { store, valueOf: (stored) => stored as V | undefined },
  });
}
