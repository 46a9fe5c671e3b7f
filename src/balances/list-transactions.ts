import type { LedgerEntry, LedgerPages } from './ports.ts';

export interface TransactionPage {
  /** Newest first. */
  readonly entries: readonly LedgerEntry[];
  /** `before` of the page that follows; undefined on the last. */
  readonly next?: number;
}

export interface TransactionLister {
  /**
   * A page of a customer's entries, newest first. Pages are told apart by sequence: entries that come meanwhile are on no
   * page that follows, and none is on two pages.
   * @param before only entries with a lower sequence; the newest of all by default
   * @throws DependencyUnavailableError when the ledger does not answer
   */
  list(merchantId: string, customerId: string, size: number, before?: number): Promise<TransactionPage>;
}

export const createTransactionLister = (ledger: LedgerPages): TransactionLister => ({
  async list(merchantId, customerId, size, before = Infinity) {
    // One more than is told, to know whether another page follows.
    const found = await ledger.newestBefore(merchantId, customerId, before, size + 1);
    const entries = found.slice(0, size);
    const oldest = entries.at(-1);
    return found.length > size && oldest !== undefined ? { entries, next: oldest.sequence } : { entries };
  },
});
