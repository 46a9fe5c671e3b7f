import type { NodeRegistry } from '../builder.ts';
import { addProcessor, KStream } from '../kstream.ts';
import { perRecord } from '../operators/per-record.ts';
import { withValue } from '../record.ts';
import type { Serde } from '../serde.ts';
import type { StoreDefinition } from '../state/store.ts';
import { suppressedTable } from '../window/suppress.ts';
import type { Suppressed } from '../window/suppressed.ts';
import type { TimeWindows, Windowed } from '../window/time-windows.ts';
import type { Change } from './change.ts';

/** How a table's value is read where it is joined: from the store of the table it stems from. */
export interface TableView<K, V> {
  readonly store: StoreDefinition;
  /** Absent: `storeKeyOf` of the table's key serde. */
  readonly storeKeyOf?: (key: K) => string;
  /** @param stored what the store holds for the key */
  valueOf(stored: unknown, key: K): V | undefined;
}

/** What a table under declaration is. */
export interface TableParts<K, V> {
  readonly nodes: NodeRegistry;
  /** The node that emits its changes. */
  readonly node: string;
  readonly keySerde: Serde<K>;
  readonly view: TableView<K, V>;
  /** How its values are written, where that is known. */
  readonly valueSerde?: Serde<V> | undefined;
  /** Of a table whose keys are windowed: when they close. */
  readonly windows?: TimeWindows;
}

/**
 * A table under declaration: the newest value of every key, and the stream of its changes. What is made of a table by
 * `filter` and `mapValues` has no store of its own; it is read through the one it stems from.
 */
export class KTable<K, V> {
  /** For operators of this room that add nodes of their own. */
  readonly parts: TableParts<K, V>;

  /** Made by `StreamsBuilder.table` and by aggregations. */
  constructor(parts: TableParts<K, V>) {
    this.parts = parts;
  }

  /** A key whose value is not kept is deleted behind it. */
  filter(keep: (value: V, key: K) => boolean, name?: string): KTable<K, V> {
    const kept = (value: V | undefined, key: K): V | undefined =>
      value !== undefined && keep(value, key) ? value : undefined;
    return this.#derived('KTABLE-FILTER', name, kept, this.parts.valueSerde);
  }

  /** `change` is called for old values too, and must say the same each time; null is no value. */
  mapValues<V2>(change: (value: V, key: K) => V2 | null, name?: string): KTable<K, V2> {
    const changed = (value: V | undefined, key: K): V2 | undefined =>
      value === undefined ? undefined : (change(value, key) ?? undefined);
    return this.#derived('KTABLE-MAPVALUES', name, changed);
  }

  /**
   * Holds results back until their window closes, which is when the stream time reaches its end and grace: one result
   * for each key and window, in the order of the windows' ends and then of the keys. A result that has been deleted by
   * then is none. Only for tables of windows.
   * @throws TopologyError where the table does not stem from `windowedBy`, or stands behind `mapValues` and no value
   * serde is given
   */
  suppress<WK>(this: KTable<Windowed<WK>, V>, suppressed: Suppressed<V>): KTable<Windowed<WK>, V> {
    return new KTable(suppressedTable(this.parts, suppressed));
  }

  /** The new values, one record a change; null where a key was deleted. */
  toStream(name?: string): KStream<K, V | null> {
    const { nodes, node, keySerde } = this.parts;
    const toValue = perRecord<K, Change<V>, K, V | null>(name ?? nodes.nextName('KTABLE-TOSTREAM'), (record) => [
      withValue(record, record.value.newValue ?? null),
    ]);
    return new KStream({ nodes, parents: [addProcessor(nodes, [node], toValue)], isKeyChanged: false, keySerde });
  }

  #derived<V2>(
    kind: string,
    name: string | undefined,
    derive: (value: V | undefined, key: K) => V2 | undefined,
    valueSerde?: Serde<V2>,
  ): KTable<K, V2> {
    const { nodes, node, view } = this.parts;
    const processor = perRecord<K, Change<V>, K, Change<V2>>(name ?? nodes.nextName(kind), (record) => {
      const { key, value } = record;
      const change = { oldValue: derive(value.oldValue, key), newValue: derive(value.newValue, key) };
      // Taken out both before and after: whoever follows has never heard of the key. A deletion of what was never there
      // is passed on as one, as in Kafka Streams.
      const isUnknown = change.oldValue === undefined && change.newValue === undefined;
      const isDeletion = value.oldValue === undefined && value.newValue === undefined;
      return isUnknown && !isDeletion ? [] : [withValue(record, change)];
    });
    return new KTable<K, V2>({
      ...this.parts,
      node: addProcessor(nodes, [node], processor),
      valueSerde,
      view: {
        ...(view.storeKeyOf !== undefined && { storeKeyOf: view.storeKeyOf }),
        // Asked for where it is read: a table that cannot be read refuses then.
        get store() {
          return view.store;
        },
        valueOf: (stored, key) => derive(view.valueOf(stored, key), key),
      },
    });
  }
}
