import type { AuditEntry, Outcome } from '../contracts/index.ts';

/** A record that a store refuses for good (its validator), and why; every other one of the call is written. */
export interface Refusal {
  /** Index into the records of the call. */
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
  append(entries: readonly AuditEntry[]): Promise<readonly Refusal[]>;
}

export type RedemptionStatus = NonNullable<AuditEntry['status']>;

/** Redemptions as the projection keeps them (MongoDB). */
export interface RedemptionStore {
  /**
   * Brings at most 1,000 steps in, `w: majority`. A redemption's status moves only from pending to completed or failed:
   * a step that comes twice, late or out of order changes nothing.
   * @throws DependencyUnavailableError when the outcome is unknown or the server is away: call again with the same
   */
  apply(steps: readonly AuditEntry[]): Promise<readonly Refusal[]>;
}

/** Where callers who wait find what became of their requests (Redis). */
export interface OutcomeBoard {
  /**
   * Keeps each outcome for a day and tells it to those who listen, unless the same or a more final one is kept already.
   * @throws DependencyUnavailableError when one of them was not kept: tell them again, it is safe to repeat
   */
  tell(outcomes: readonly Outcome[]): Promise<void>;
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

/** Whose data a request concerns. */
export interface DataSubject {
  readonly merchantId: string;
  /** null: every customer of the merchant. */
  readonly customerId: string | null;
}

/** What the ledger holds of an entry that ties it to anything outside. */
export interface HeldEntry {
  readonly customerId: string;
  readonly eventId: string;
  readonly hasOrder: boolean;
}

/** What MongoDB holds of customers, for requests that the law allows them; everything is safe to repeat. */
export interface HeldData {
  /**
   * All entries of a subject, at most 1,000 at a time.
   * @throws DependencyUnavailableError when the store does not answer in time
   */
  entriesOf(subject: DataSubject): AsyncIterable<readonly HeldEntry[]>;
  /** Takes the order ids out of entries, at most 1,000. @throws DependencyUnavailableError */
  forgetOrders(merchantId: string, eventIds: readonly string[]): Promise<void>;
  /** Drops what still waits to be sent. @throws DependencyUnavailableError */
  dropWaiting(subject: DataSubject): Promise<void>;
  /**
   * Removes what was settled with a merchant, its secrets with it, unless that was settled after `at` (milliseconds since
   * the epoch): then the merchant has come back, and an old request is read again.
   * @throws DependencyUnavailableError
   */
  removeMerchant(merchantId: string, at: number): Promise<void>;
}

/** What Redis holds ready of customers; all of it goes by itself within a day. */
export interface HeldAnswers {
  /** Drops balances and outcomes. @throws DependencyUnavailableError when a server does not answer in time */
  forget(merchantId: string, entries: readonly Pick<HeldEntry, 'customerId' | 'eventId'>[]): Promise<void>;
}
