import type { Refusal } from '../src/sinks/ports.ts';
import { type Processor, processBatch } from '../src/streams/index.ts';

/**
 * Writes records to a store that may refuse some of them for good: those become dead letters, the others go on.
 * @param write at most 1,000 values at once, safe to repeat; answers with those that are refused
 * @param refused the error of a dead letter, by what the store said
 */
export const writeBatches = <V>(
  name: string,
  write: (values: readonly V[]) => Promise<readonly Refusal[]>,
  refused: (reason: string) => Error,
): Processor<string, V, string, V> =>
  processBatch<string, V, string, V>(name, {
    maxRecords: 1_000,
    create: (context) => async (records) => {
      const refusals = await write(records.map(({ value }) => value));
      const reasons = new Map(refusals.map(({ index, reason }) => [index, reason]));
      return records.filter((record, index) => {
        const reason = reasons.get(index);
        if (reason !== undefined) context.fail(record, refused(reason));
        return reason === undefined;
      });
    },
  });
