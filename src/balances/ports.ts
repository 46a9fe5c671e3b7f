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

/** One entry of a customer's ledger, as it is told to whoever may read it. */
export interface LedgerEntry {
  /** UUID. */
  readonly eventId: string;
  /** Empty for entries of before it was written down. */
  readonly eventType: string;
  readonly type: string;
  /** >= 0; `type` says in which direction. */
  readonly points: number;
  readonly sequence: number;
  /** Points. */
  readonly balanceAfter: number;
  readonly description: string;
  /** BCP 47 tag of the description. */
  readonly locale: string;
  /** Milliseconds since the epoch, UTC. */
  readonly createdAt: number;
  /** Undefined where no order caused it. */
  readonly orderId?: string;
  readonly correlationId: string;
}

/** The ledger page by page (MongoDB). */
export interface LedgerPages {
  /**
   * The newest of a customer's entries with a sequence below `before`, newest first.
   * @param before Infinity for the newest of all
   * @throws DependencyUnavailableError when the ledger does not answer in time
   */
  newestBefore(merchantId: string, customerId: string, before: number, limit: number): Promise<readonly LedgerEntry[]>;
}

/** Who is told of the changes of a balance. */
export interface BalanceListener {
  /** A balance that was written; an older one than before may come too. */
  changed(balance: Balance): void;
  /** Changes may have been missed until now, and none is from now on: read the balance again. */
  resumed(): void;
}

/** Tells of balances when they change (Redis). It may miss changes, and then says so by `resumed`. */
export interface BalanceChanges {
  /**
   * Tells the listener from soon on: `resumed` says when.
   * @returns what ends it
   */
  subscribe(merchantId: string, customerId: string, listener: BalanceListener): () => void;
}
