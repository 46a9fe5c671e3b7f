import type { StreamRecord } from '../record.ts';
import type { Serde } from '../serde.ts';
import type { KeyValueStore } from '../state/store.ts';
import type { Change } from './change.ts';
import type { StoredAggregate } from './stored-aggregate.ts';

/** What makes the first aggregate of a key, before its first record is added. */
export type Initializer<A> = () => A;

/** Adds a record to the aggregate of its key; null or undefined deletes the key. */
export type Aggregator<K, V, A> = (key: K, value: V, aggregate: A) => A | null | undefined;

/** Makes one value of two of the same key; null or undefined deletes the key. */
export type Reducer<V> = (aggregate: V, value: V) => V | null | undefined;

/** Counting, reducing and aggregating, as the operators see them. */
export interface Aggregation<K, V, A> {
  /** Part of the names of node and store, as in Kafka Streams. */
  readonly kind: 'KSTREAM-AGGREGATE' | 'KSTREAM-REDUCE';
  readonly valueSerde: Serde<A>;
  /** @param aggregate undefined for a key's first record; it may be changed and returned */
  add(key: K, value: V, aggregate: A | undefined): A | null | undefined;
}

/** Which entry of the store a record is added to. */
export interface AggregateSlot<K2> {
  readonly key: K2;
  readonly storeKey: string;
  readonly windowStart: number;
}

/**
 * Adds a record to an aggregate of a store, and says how that has changed; at the greatest timestamp of its records.
 * Throws what the user's function and the serde throw: that is the record's own failure.
 */
export function addTo<K, V, A, K2>(
  aggregation: Aggregation<K, V, A>,
  store: KeyValueStore<StoredAggregate>,
  { key, storeKey, windowStart }: AggregateSlot<K2>,
  record: StreamRecord<K, V>,
): StreamRecord<K2, Change<A>> {
  const { valueSerde } = aggregation;
  const stored = store.get(storeKey);
  const valueBefore = (): A | undefined => stored && valueSerde.deserialize(stored.bytes);
  const newValue = aggregation.add(record.key, record.value, valueBefore()) ?? undefined;
  const timestamp = stored === undefined ? record.timestamp : Math.max(record.timestamp, stored.timestamp);
  if (newValue === undefined) store.delete(storeKey);
  else store.put(storeKey, { timestamp, windowStart, bytes: valueSerde.serialize(newValue) });
  const value: Change<A> = {
    newValue,
    // Few look at it: it is read when it is asked for, and not from the aggregate that may have been changed.
    get oldValue() {
      return valueBefore();
    },
  };
  return { key, value, timestamp, headers: record.headers, source: record.source };
}
