import { processBatch } from '../operators/process-batch.ts';
import type { KTable } from '../table/ktable.ts';
import { storeKeyOf } from '../table/materialized.ts';
import type { Processor } from '../topology/nodes.ts';
import { joinRecords } from './join-records.ts';
import type { ValueJoiner } from './value-joiner.ts';

export interface TableJoin<K, V, VT, R> {
  readonly table: Pick<KTable<K, VT>, 'parts'>;
  readonly joiner: ValueJoiner<K, NonNullable<V>, VT | undefined, R>;
  /** Whether a record goes on that finds nothing in the table. */
  readonly isLeft: boolean;
}

/** Joins each record with what the table holds for its key when the record's turn comes. */
export const joinTable = <K, V, VT, R>(
  name: string,
  { table, joiner, isLeft }: TableJoin<K, V, VT, R>,
): Processor<K, V, K, R> => {
  const { view, keySerde } = table.parts;
  const step = processBatch<K, V, K, R>(name, {
    stores: [view.store],
    keepsKey: true,
    create: (context) => {
      const entries = context.store(view.store);
      return (records) =>
        joinRecords<K, V, VT, R>(context, records, {
          ...{ name, joiner, isLeft },
          storeKeyOf: ({ key }) => (key === null ? null : (view.storeKeyOf?.(key) ?? storeKeyOf(keySerde, key))),
          load: async (storeKeys) => {
            await entries.load(storeKeys);
            return (storeKey, { key }) => view.valueOf(entries.get(storeKey), key);
          },
        });
    },
  });
  return { ...step, readsAsOf: true };
};
