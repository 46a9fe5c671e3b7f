/** A customer's balance as of one ledger entry. */
export interface Balance {
  readonly merchantId: string;
  readonly customerId: string;
  /** Points. */
  readonly balance: number;
  /** Of the entry that made it; of two balances of one customer the one with the greater sequence is newer. */
  readonly sequence: number;
}

/** The fast copy of balances (Redis). It may forget, and be away: its loss costs speed, never points. */
export interface BalanceCache {
  /** @throws DependencyUnavailableError when the cache does not answer in time */
  get(merchantId: string, customerId: string): Promise<Balance | undefined>;
  /**
   * Keeps each balance unless the cache holds one of the same or a greater sequence; restarts its time to live.
   * One round trip for all. Safe to repeat.
   * @throws DependencyUnavailableError when the cache does not answer in time
   */
  putIfNewer(balances: readonly Balance[]): Promise<void>;
}

/** The ledger as the read model needs it (MongoDB). */
export interface LedgerReader {
  /**
   * The balance after the customer's newest entry; undefined where there is none.
   * @throws DependencyUnavailableError when the ledger does not answer in time
   */
  newestBalance(merchantId: string, customerId: string): Promise<Balance | undefined>;
}
