import type { StreamRecord } from '../record.ts';
import type { Processor, ProcessorContext } from '../topology/nodes.ts';
import { type ProcessorUses, usesOf } from './processor-uses.ts';
import { perRecordOf } from './per-record.ts';

/** What becomes of one record: any number of others. Nothing for none. */
export type RecordStep<K1, V1, K2, V2> = (record: StreamRecord<K1, V1>) => Iterable<StreamRecord<K2, V2>> | undefined;

export interface ProcessOptions<K1, V1, K2, V2> extends ProcessorUses {
  /** Called once for each task: here stores are asked for and punctuators scheduled. */
  create(context: ProcessorContext<K2, V2>): RecordStep<K1, V1, K2, V2>;
}

/**
 * A custom processor, record by record. What it throws is that record's failure. A store read that was not loaded costs
 * a look-up of its own each; `processBatch` makes one of a micro-batch's.
 */
export const process = <K1, V1, K2, V2>(
  name: string,
  options: ProcessOptions<K1, V1, K2, V2>,
): Processor<K1, V1, K2, V2> => ({
  name,
  ...usesOf(options),
  create: (context) => {
    const step = options.create(context);
    return perRecordOf(context, (record) => step(record) ?? []);
  },
});
