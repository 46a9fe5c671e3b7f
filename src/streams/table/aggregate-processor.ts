import { processBatch } from '../operators/process-batch.ts';
import type { StreamRecord } from '../record.ts';
import type { StoreDefinition } from '../state/store.ts';
import type { Processor, ProcessorContext } from '../topology/nodes.ts';
import { addTo, type AggregateSlot, type Aggregation } from './aggregation.ts';
import type { Change } from './change.ts';
import { completeRecords } from './complete-records.ts';
import type { StoredAggregate } from './stored-aggregate.ts';

/** The entries of the store that a record is added to; what it throws is that record's failure. */
type SlotsOf<K, V, K2> = (record: StreamRecord<K, V>) => readonly AggregateSlot<K2>[];

export interface AggregateProcessorOptions<K, V, A, K2> {
  readonly aggregation: Aggregation<K, V, A>;
  readonly store: StoreDefinition<StoredAggregate>;
  /** Called once for each task. */
  readonly slotsIn: (context: ProcessorContext, node: string) => SlotsOf<K, V, K2>;
}

/**
 * Adds records to the aggregates of their keys. The store is asked once a micro-batch, and every record makes a change
 * of each aggregate it is added to.
 */
export const aggregateProcessor = <K, V, A, K2>(
  name: string,
  { aggregation, store: definition, slotsIn }: AggregateProcessorOptions<K, V, A, K2>,
): Processor<K, V, K2, Change<A>> =>
  processBatch(name, {
    stores: [definition],
    create: (context) => {
      const store = context.store(definition);
      const complete = completeRecords<K, V>(context, name);
      const slotsOf = slotsIn(context, name);
      return async (records) => {
        const present = complete(records);
        const slots = forEach(context, present, (record) => [{ record, slots: slotsOf(record) }]);
        await store.load(slots.flatMap((each) => each.slots.map(({ storeKey }) => storeKey)));
        return slots.flatMap(({ record, slots: mine }) =>
          forEach(context, [record], () => mine.map((slot) => addTo(aggregation, store, slot, record))),
        );
      };
    },
  });

/** What is made of each record; one for which that throws fails, and nothing is made of it. */
function forEach<K, V, R>(
  context: Pick<ProcessorContext, 'fail'>,
  records: readonly StreamRecord<K, V>[],
  make: (record: StreamRecord<K, V>) => readonly R[],
): readonly R[] {
  return records.flatMap((record) => {
    try {
      return make(record);
    } catch (error) {
      context.fail(record, error);
      return [];
    }
  });
}
