import type { AuditEntry } from '../contracts/index.ts';

/** An entry the ledger refuses for good (its validator), and why; every other entry of the call is written. */
export interface LedgerRefusal {
  /** Index into the entries of the call. */
  readonly index: number;
  /** Without personal data: what the validator said, never the document. */
  readonly reason: string;
}

/** The ledger as the projection needs it (MongoDB). */
export interface LedgerStore {
  /**
   * Writes at most 1,000 entries and their processed events in unordered bulks, `w: majority`. Safe to repeat: what
   * is already there counts as written.
   * @throws DependencyUnavailableError when the outcome is unknown or the server is away: call again with the same
   */
  append(entries: readonly AuditEntry[]): Promise<readonly LedgerRefusal[]>;
}

/** Marks that tell ingress a delivery needs no second look (Redis); best effort, never decides anything. */
export interface ProcessedMarks {
  /**
   * Sets `processed:{merchant_id}:{event_id}` and, where known, `processed:{merchant_id}:{delivery_id}`, both holding
   * the event id, for 24 h. One round trip for all.
   * @throws DependencyUnavailableError when Redis does not answer in time
   */
  mark(entries: readonly Pick<AuditEntry, 'merchant_id' | 'event_id' | 'delivery_id'>[]): Promise<void>;
}
