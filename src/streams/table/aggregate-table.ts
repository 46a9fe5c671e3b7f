import { addProcessor } from '../kstream.ts';
import type { Serde } from '../serde.ts';
import type { StoreDefinition } from '../state/store.ts';
import type { TimeWindows } from '../window/time-windows.ts';
import { aggregateProcessor, type AggregateProcessorOptions } from './aggregate-processor.ts';
import type { Aggregation } from './aggregation.ts';
import type { GroupSource } from './group-source.ts';
import { KTable } from './ktable.ts';
import type { Materialized } from './materialized.ts';
import { type StoredAggregate, storedAggregateSerde } from './stored-aggregate.ts';

export interface AggregateTableOptions<K, V, A, K2> {
  readonly source: GroupSource<K, V>;
  readonly aggregation: Aggregation<K, V, A>;
  readonly materialized: Omit<Materialized<A>, 'valueSerde'>;
  /** Of the node. Default: made from the aggregation's kind. */
  readonly name: string | undefined;
  readonly keySerde: Serde<K2>;
  readonly windows?: TimeWindows;
  readonly expiry?: StoreDefinition<StoredAggregate>['expiry'];
  readonly slotsIn: AggregateProcessorOptions<K, V, A, K2>['slotsIn'];
  readonly storeKeyOf: (key: K2) => string;
}

/** Adds an aggregation's node and store, and what its records must pass before it. */
export function aggregateTable<K, V, A, K2>(options: AggregateTableOptions<K, V, A, K2>): KTable<K2, A> {
  const { source, aggregation, materialized, keySerde, windows, expiry, slotsIn, storeKeyOf } = options;
  const { kind, valueSerde } = aggregation;
  const { nodes } = source;
  const storeName = materialized.name ?? nodes.nextName(`${kind}-STATE-STORE`);
  const parents = source.parentsOf(storeName);
  const store: StoreDefinition<StoredAggregate> = {
    name: storeName,
    valueSerde: storedAggregateSerde(valueSerde),
    queriedValueOf: ({ bytes }) => valueSerde.deserialize(bytes),
    ...(materialized.kept !== undefined && { kept: materialized.kept }),
    ...(expiry !== undefined && { expiry }),
  };
  const name = options.name ?? nodes.nextName(kind);
  return new KTable<K2, A>({
    ...{ nodes, keySerde, valueSerde },
    ...(windows !== undefined && { windows }),
    node: addProcessor(nodes, parents, aggregateProcessor(name, { aggregation, store, slotsIn })),
    view: {
      ...{ store, storeKeyOf },
      // The store holds what its own serde has made.
      valueOf: (stored) =>
        stored === undefined ? undefined : valueSerde.deserialize((stored as StoredAggregate).bytes),
    },
  });
}
