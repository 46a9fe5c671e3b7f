import { processBatch } from '../operators/process-batch.ts';
import { type StreamRecord, withValue } from '../record.ts';
import type { Serde } from '../serde.ts';
import type { StoreDefinition } from '../state/store.ts';
import type { Processor } from '../topology/nodes.ts';
import type { Change } from './change.ts';
import { storeKeyOf } from './materialized.ts';

/**
 * Keeps the newest value of every key, and tells how each record changed it. The newest is the one with the greatest
 * offset, also where its timestamp is older than that of the one before. A record without a key belongs to no entry and
 * is dropped; one without a value deletes the entry, and is passed on also where there was none, as in Kafka Streams.
 */
export const keepTable = <K, V>(
  name: string,
  store: StoreDefinition<V>,
  keySerde: Serde<K>,
): Processor<K | null, V | null, K, Change<V>> =>
  processBatch<K | null, V | null, K, Change<V>>(name, {
    stores: [store],
    keepsKey: true,
    create: (context) => {
      const entries = context.store(store);
      const storeKeyIfAny = (record: StreamRecord<K | null, V | null>): string | null => {
        const { key, source } = record;
        if (key !== null) return storeKeyOf(keySerde, key);
        const { topic, partition, offset } = source;
        context.logger.warn({ node: name, topic, partition, offset }, 'A record of a table has no key and is dropped');
        return null;
      };
      return async (records) => {
        const keys = records.map(storeKeyIfAny);
        await entries.load(keys.filter((key) => key !== null));
        return records.flatMap((record, index) => {
          const key = keys[index];
          if (typeof key !== 'string' || record.key === null) return [];
          const oldValue = entries.get(key);
          const newValue = record.value ?? undefined;
          if (newValue === undefined) entries.delete(key);
          else entries.put(key, newValue);
          return [withValue({ ...record, key: record.key }, { oldValue, newValue })];
        });
      };
    },
  });
