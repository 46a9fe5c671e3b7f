import type { NodeRegistry } from '../builder.ts';
import type { Consumed } from '../consumed.ts';
import type { Serde } from '../serde.ts';
import type { StoreDefinition } from '../state/store.ts';
import { type Materialized, storeOf } from './materialized.ts';

/** What a global table under declaration is. */
export interface GlobalTableParts<K, V> {
  readonly nodes: NodeRegistry;
  readonly keySerde: Serde<K>;
  readonly store: StoreDefinition<V>;
}

/** How a global table is kept; its values are kept as they lie in the topic, so they have the topic's serde. */
export type GlobalMaterialized = Omit<Materialized<unknown>, 'valueSerde'>;

/**
 * A table under declaration that every instance holds in full: a stream may be joined to it by anything, wherever its
 * records lie. It is not in step with the stream: a join sees what the table holds at that moment, not what it held at
 * the time of the record.
 */
export class GlobalKTable<K, V> {
  /** For operators of this room. */
  readonly parts: GlobalTableParts<K, V>;

  /** Made by `StreamsBuilder.globalTable`. */
  constructor(parts: GlobalTableParts<K, V>) {
    this.parts = parts;
  }
}

/** Adds the node of a topic that every instance reads in full. */
export function globalTable<K, V>(
  nodes: NodeRegistry,
  topic: string,
  { keySerde, valueSerde, ...consumed }: Consumed<K, V>,
  materialized: GlobalMaterialized = {},
): GlobalKTable<K, V> {
  const name = consumed.name ?? nodes.nextName('KSTREAM-SOURCE');
  const store = storeOf<V>({ ...materialized, valueSerde }, topic);
  nodes.add({ kind: 'global', name, topic, keySerde, store });
  return new GlobalKTable({ nodes, keySerde, store });
}
