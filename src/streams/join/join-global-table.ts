import { processBatch } from '../operators/process-batch.ts';
import type { StreamRecord } from '../record.ts';
import type { GlobalKTable } from '../table/global-ktable.ts';
import { storeKeyOf } from '../table/materialized.ts';
import type { Processor } from '../topology/nodes.ts';
import { joinRecords } from './join-records.ts';
import type { ValueJoiner } from './value-joiner.ts';

export interface GlobalTableJoin<K, V, KT, VT, R> {
  readonly table: GlobalKTable<KT, VT>;
  /** What the record is looked up by; null for nothing. */
  readonly keyOf: (record: StreamRecord<K, NonNullable<V>>) => KT | null;
  readonly joiner: ValueJoiner<K, NonNullable<V>, VT | undefined, R>;
  /** Whether a record goes on that finds nothing in the table. */
  readonly isLeft: boolean;
}

/** Joins each record with what the global table holds by now. The record's own key stays. */
export const joinGlobalTable = <K, V, KT, VT, R>(
  name: string,
  { table, keyOf, joiner, isLeft }: GlobalTableJoin<K, V, KT, VT, R>,
): Processor<K, V, K, R> => {
  const { store, keySerde } = table.parts;
  return processBatch<K, V, K, R>(name, {
    globalStores: [store],
    keepsKey: true,
    create: (context) => {
      const entries = context.globalStore(store);
      return (records) =>
        joinRecords<K, V, VT, R>(context, records, {
          ...{ name, joiner, isLeft },
          storeKeyOf: (record) => {
            const key = keyOf(record);
            return key === null ? null : storeKeyOf(keySerde, key);
          },
          load: async (storeKeys) => {
            const values = storeKeys.length === 0 ? [] : await entries.getMany(storeKeys);
            const found = new Map(storeKeys.map((storeKey, index) => [storeKey, values[index]]));
            return (storeKey) => found.get(storeKey);
          },
        });
    },
  });
};
