import { type Serde, stringSerde } from '../serde.ts';
import type { StoreDefinition } from '../state/store.ts';

/** How a table or an aggregate is kept. */
export interface Materialized<V> {
  /** Name of the store, for interactive queries; part of its changelog's name. Default: made from the node's. */
  readonly name?: string;
  readonly valueSerde: Serde<V>;
  /** As in `StoreDefinition`. Default `disk`. */
  readonly kept?: StoreDefinition['kept'];
}

export const Materialized = {
  with: <V>(valueSerde: Serde<V>): Materialized<V> => ({ valueSerde }),
  as: <V>(name: string, valueSerde: Serde<V>): Materialized<V> => ({ name, valueSerde }),
};

/** The store of a table, under the name it was given or one made from its node's. */
export const storeOf = <V>({ name, valueSerde, kept }: Materialized<V>, nodeName: string): StoreDefinition<V> => ({
  name: name ?? `${nodeName}-store`,
  valueSerde,
  ...(kept !== undefined && { kept }),
});

/** The key of a store is text: a text key is itself, any other is its bytes, one character each. */
export const storeKeyOf = <K>(keySerde: Serde<K>, key: K): string =>
  isText(keySerde) ? (key as string) : keySerde.serialize(key).toString('latin1');

export const keyOfStoreKey = <K>(keySerde: Serde<K>, storeKey: string): K =>
  isText(keySerde) ? (storeKey as K) : keySerde.deserialize(Buffer.from(storeKey, 'latin1'));

const isText = (serde: unknown): boolean => serde === stringSerde;
