import { bufferCount, concatMap, from } from 'rxjs';
import type { StreamRecord } from '../record.ts';
import type { Processor, ProcessorContext } from '../topology/nodes.ts';
import { type ProcessorUses, usesOf } from './processor-uses.ts';

/** Work on many records at once: one store look-up, one round trip, then a synchronous pass over them in order. */
export type BatchStep<K1, V1, K2, V2> = (
  records: readonly StreamRecord<K1, V1>[],
) => Promise<readonly StreamRecord<K2, V2>[]>;

export interface ProcessBatchOptions<K1, V1, K2, V2> extends ProcessorUses {
  /** Records handed over at once, at most; a micro-batch may bring fewer. Default 1,000. */
  readonly maxRecords?: number;
  /** Called once for each task. */
  create(context: ProcessorContext<K2, V2>): BatchStep<K1, V1, K2, V2>;
}

/**
 * A processor that works on the records of a micro-batch together, in order. A record it cannot process it hands to
 * `context.fail`; what it throws concerns the whole batch.
 */
export const processBatch = <K1, V1, K2, V2>(
  name: string,
  options: ProcessBatchOptions<K1, V1, K2, V2>,
): Processor<K1, V1, K2, V2> => ({
  name,
  ...usesOf(options),
  create: (context) => {
    const step = options.create(context);
    return (records) =>
      records.pipe(
        bufferCount(options.maxRecords ?? 1_000),
        concatMap((batch) => step(batch)),
        concatMap((results) => from(results)),
      );
  },
});
