import { isRetryable } from '../common/errors.ts';
import type { Refusal } from './ports.ts';

/** Waits so many milliseconds. */
export type Sleep = (ms: number) => Promise<void>;

/** Records in one call on a store. */
const maxBatchRecords = 1_000;

/** After the last of them the caller decides; together they stay within a batch's time. */
const backOffsMs = [1_000, 2_000, 4_000] as const;

const withRetries = async <T>(sleep: Sleep, write: () => Promise<T>): Promise<T> => {
  for (const backOffMs of backOffsMs) {
    try {
      return await write();
    } catch (error) {
      if (!isRetryable(error)) throw error;
      await sleep(backOffMs);
    }
  }
  return write();
};

/**
 * Writes records 1,000 at a time and in order. A store that is away, or that others contend for, is tried again after 1,
 * 2 and 4 s, so a write must be safe to repeat.
 * @returns the records refused for good, by their index into `records`; every other one is written
 * @throws DependencyUnavailableError when the store is still away: what comes before is written, call again with the same
 */
export const writeInBatches = async <T>(
  sleep: Sleep,
  records: readonly T[],
  write: (batch: readonly T[]) => Promise<readonly Refusal[]>,
): Promise<readonly Refusal[]> => {
  const refusals: Refusal[] = [];
  for (let from = 0; from < records.length; from += maxBatchRecords) {
    const batch = records.slice(from, from + maxBatchRecords);
    const refused = await withRetries(sleep, () => write(batch));
    refusals.push(...refused.map(({ index, reason }) => ({ index: from + index, reason })));
  }
  return refusals;
};
