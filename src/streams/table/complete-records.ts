import type { StreamRecord } from '../record.ts';
import type { Processor, ProcessorContext } from '../topology/nodes.ts';
import { processBatch } from '../operators/process-batch.ts';

type Records<K, V> = readonly StreamRecord<K, V>[];

/** Leaves out what has no key or no value and so belongs to no group; says so once a task, and how many at its end. */
export function completeRecords<K, V>(
  context: Pick<ProcessorContext, 'logger' | 'onClose'>,
  node: string,
): (records: Records<K, V>) => Records<K, NonNullable<V>> {
  let dropped = 0;
  context.onClose(() => {
    if (dropped > 0) context.logger.debug({ node, dropped }, 'Records without key or value were dropped');
  });
  return (records) =>
    records.filter((record): record is StreamRecord<K, NonNullable<V>> => {
      if (isThere(record.key) && isThere(record.value)) return true;
      const { topic, partition, offset } = record.source;
      if (dropped === 0)
        context.logger.debug({ node, topic, partition, offset }, 'A record without key or value is dropped');
      dropped += 1;
      return false;
    });
}

const isThere = (part: unknown): boolean => part !== null && part !== undefined;

/** Stands before a repartition topic: what would be dropped behind it is not sent there. */
export const dropIncomplete = <K, V>(name: string): Processor<K, V, K, NonNullable<V>> =>
  processBatch(name, {
    keepsKey: true,
    create: (context) => {
      const complete = completeRecords<K, V>(context, name);
      return (records) => Promise.resolve(complete(records));
    },
  });
