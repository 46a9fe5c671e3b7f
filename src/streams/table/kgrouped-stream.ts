import type { TimeWindows } from '../window/time-windows.ts';
import { TimeWindowedKStream, type WindowOptions } from '../window/time-windowed-kstream.ts';
import { aggregateTable } from './aggregate-table.ts';
import type { Aggregation, Aggregator, Initializer, Reducer } from './aggregation.ts';
import { aggregating, counting, reducing } from './aggregations.ts';
import type { GroupSource } from './group-source.ts';
import type { KTable } from './ktable.ts';
import { type Materialized, storeKeyOf } from './materialized.ts';

/**
 * A stream whose records are grouped by their keys, to be aggregated. Records without a key or a value belong to no
 * group and are dropped.
 *
 * Every record makes one change of the table, as in Kafka Streams without its record cache. A change has the greatest
 * timestamp of the records in the aggregate. What the given functions throw is the record's own failure; they may change
 * the aggregate they are given.
 */
export class KGroupedStream<K, V> {
  readonly #source: GroupSource<K, V>;

  /** Made by `KStream.groupByKey` and `groupBy`. */
  constructor(source: GroupSource<K, V>) {
    this.#source = source;
  }

  /** How many records each key had. Values are kept as Kafka's longs where no other serde is given. */
  count(materialized: Partial<Materialized<number>> = {}, name?: string): KTable<K, number> {
    return this.#table(counting(materialized.valueSerde), materialized, name);
  }

  /**
   * One value of all values of a key: the first as it is, then what `reducer` makes of it and the next. Null deletes the
   * key.
   * @throws TopologyError where no value serde is known and none is given
   */
  reduce(reducer: Reducer<V>, materialized: Partial<Materialized<V>> = {}, name?: string): KTable<K, V> {
    return this.#table(reducing(this.#source, reducer, materialized.valueSerde), materialized, name);
  }

  /** As `reduce`, to an aggregate of another type. Null deletes the key; its next record begins anew. */
  aggregate<A>(
    initializer: Initializer<A>,
    aggregator: Aggregator<K, V, A>,
    materialized: Materialized<A>,
    name?: string,
  ): KTable<K, A> {
    return this.#table(aggregating(initializer, aggregator, materialized.valueSerde), materialized, name);
  }

  /** Aggregates each key within windows of the records' timestamps. */
  windowedBy(windows: TimeWindows, options: WindowOptions<K, V> = {}): TimeWindowedKStream<K, V> {
    return new TimeWindowedKStream(this.#source, windows, options);
  }

  #table<A>(
    aggregation: Aggregation<K, V, A>,
    materialized: Partial<Materialized<A>>,
    name: string | undefined,
  ): KTable<K, A> {
    const source = this.#source;
    const { keySerde } = source;
    const keyInStore = (key: K): string => storeKeyOf(keySerde, key);
    return aggregateTable<K, V, A, K>({
      ...{ source, aggregation, materialized, name, keySerde },
      storeKeyOf: keyInStore,
      slotsIn: () => {
        return ({ key }) => [{ key, storeKey: keyInStore(key), windowStart: 0 }];
      },
    });
  }
}
