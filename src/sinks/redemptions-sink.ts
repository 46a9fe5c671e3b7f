import type { AuditEntry } from '../contracts/index.ts';
import type { RedemptionStore, Refusal } from './ports.ts';
import { type Sleep, writeInBatches } from './write-in-batches.ts';

export interface RedemptionsSinkOptions {
  readonly store: RedemptionStore;
  readonly sleep: Sleep;
}

/**
 * Brings committed steps of redemptions into their documents, 1,000 at a time and in order; a store that is away is tried
 * again after 1, 2 and 4 s. Safe to repeat as a whole.
 * @returns the steps that are refused for good, by their index into `steps`; every other one is taken in
 * @throws DependencyUnavailableError when the store is still away: what comes before is written, call again with the same
 */
export const writeRedemptions = (
  { store, sleep }: RedemptionsSinkOptions,
  steps: readonly AuditEntry[],
): Promise<readonly Refusal[]> => writeInBatches(sleep, steps, (batch) => store.apply(batch));
