import type { AuditEntry } from '../contracts/index.ts';
import type { LedgerStore, Refusal } from './ports.ts';
import { type Sleep, writeInBatches } from './write-in-batches.ts';

export interface LedgerSinkOptions {
  readonly store: LedgerStore;
  readonly sleep: Sleep;
}

/**
 * Writes committed entries to the ledger, 1,000 at a time and in order; a store that is away is tried again after 1, 2
 * and 4 s. Safe to repeat as a whole.
 * @returns the entries the ledger refuses for good, by their index into `entries`; every other one is written
 * @throws DependencyUnavailableError when the store is still away: what comes before is written, call again with the same
 */
export const writeLedger = (
  { store, sleep }: LedgerSinkOptions,
  entries: readonly AuditEntry[],
): Promise<readonly Refusal[]> => writeInBatches(sleep, entries, (batch) => store.append(batch));
