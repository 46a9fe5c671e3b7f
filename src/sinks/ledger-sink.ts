import { isRetryable } from '../common/errors.ts';
import type { AuditEntry } from '../contracts/index.ts';
import type { LedgerRefusal, LedgerStore } from './ports.ts';

export interface LedgerSinkOptions {
  readonly store: LedgerStore;
  /** Waits so many milliseconds. */
  readonly sleep: (ms: number) => Promise<void>;
}

/** Entries in one call on the store. */
const maxBatchEntries = 1_000;

/** After the last of them the caller decides; together they stay within a batch's time. */
const backOffsMs = [1_000, 2_000, 4_000] as const;

const appendWithRetries = async (
  { store, sleep }: LedgerSinkOptions,
  entries: readonly AuditEntry[],
): Promise<readonly LedgerRefusal[]> => {
  for (const backOffMs of backOffsMs) {
    try {
      return await store.append(entries);
    } catch (error) {
      if (!isRetryable(error)) throw error;
      await sleep(backOffMs);
    }
  }
  return store.append(entries);
};

/**
 * Writes committed entries to the ledger, 1,000 at a time and in order; a store that is away is tried again after 1, 2
 * and 4 s. Safe to repeat as a whole.
 * @returns the entries the ledger refuses for good, by their index into `entries`; every other one is written
 * @throws DependencyUnavailableError when the store is still away: what comes before is written, call again with the same
 */
export const writeLedger = async (
  options: LedgerSinkOptions,
  entries: readonly AuditEntry[],
): Promise<readonly LedgerRefusal[]> => {
  const refusals: LedgerRefusal[] = [];
  for (let from = 0; from < entries.length; from += maxBatchEntries) {
    const refused = await appendWithRetries(options, entries.slice(from, from + maxBatchEntries));
    refusals.push(...refused.map(({ index, reason }) => ({ index: from + index, reason })));
  }
  return refusals;
};
