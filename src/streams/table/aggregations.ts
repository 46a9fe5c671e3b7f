import { TopologyError } from '../errors.ts';
import { longSerde, type Serde } from '../serde.ts';
import type { Aggregation, Aggregator, Initializer, Reducer } from './aggregation.ts';
import type { GroupSource } from './group-source.ts';

export const counting = <K, V>(valueSerde: Serde<number> = longSerde): Aggregation<K, V, number> => ({
  kind: 'KSTREAM-AGGREGATE',
  valueSerde,
  add: (_key, _value, count = 0) => count + 1,
});

/** @throws TopologyError where it is not known how the values are written */
export function reducing<K, V>(
  source: GroupSource<K, V>,
  reducer: Reducer<V>,
  given: Serde<V> | undefined,
): Aggregation<K, V, V> {
  const valueSerde = given ?? source.valueSerde;
  if (valueSerde === undefined) {
    throw new TopologyError(source.nodes.topology, [
      'reduce does not know how values are written: give it Materialized.with(valueSerde)',
    ]);
  }
  const add = (_key: K, value: V, reduced: V | undefined): V | null | undefined =>
    reduced === undefined ? value : reducer(reduced, value);
  return { kind: 'KSTREAM-REDUCE', valueSerde, add };
}

export const aggregating = <K, V, A>(
  initializer: Initializer<A>,
  aggregator: Aggregator<K, V, A>,
  valueSerde: Serde<A>,
): Aggregation<K, V, A> => ({
  kind: 'KSTREAM-AGGREGATE',
  valueSerde,
  add: (key, value, aggregate) => aggregator(key, value, aggregate === undefined ? initializer() : aggregate),
});
