import type { AuditEntry } from '../contracts/index.ts';

/** What the ledger holds of an entry; ids are UUIDs in lower case, null where the document has no such field. */
export type LedgerLine = Pick<AuditEntry, (typeof comparedFields)[number]>;

/** Every field of the audit record that the ledger's document has too. */
export const comparedFields = [
  ...(['event_id', 'merchant_id', 'customer_id', 'event_type', 'points', 'type', 'locale', 'description'] as const),
  ...(['schema_version', 'created_at', 'correlation_id', 'sequence', 'balance_after', 'rule'] as const),
  ...(['order_id', 'amount_minor', 'redemption_id'] as const),
] as const;

export interface EventRef {
  readonly merchantId: string;
  readonly eventId: string;
}

/** The ledger (MongoDB) as what proves it reads it. All throw DependencyUnavailableError. */
export interface LedgerBook {
  /** Entries by `merchantId:eventId`; at most 1,000 are asked for. */
  find(events: readonly EventRef[]): Promise<ReadonlyMap<string, LedgerLine>>;
  /** All of a merchant's entries by customer, and of each in the order of their sequence. */
  entriesOf(merchantId: string): AsyncIterable<LedgerLine>;
  /** Every merchant that has an entry. */
  merchants(): AsyncIterable<string>;
}

export interface RedemptionRef {
  readonly merchantId: string;
  /** The idempotency token, a UUID. */
  readonly token: string;
}

/** Redemptions (MongoDB). */
export interface RedemptionBook {
  /** Statuses by `merchantId:token`; at most 1,000 are asked for. @throws DependencyUnavailableError */
  statuses(redemptions: readonly RedemptionRef[]): Promise<ReadonlyMap<string, string>>;
}

export interface AccountRef {
  readonly merchantId: string;
  readonly customerId: string;
}

/** What the cache (Redis) holds of an account. */
export type CachedBalance =
  | { readonly is: 'absent' }
  | { readonly is: 'unreadable' }
  | { readonly is: 'held'; readonly balance: number; readonly sequence: number };

export interface CacheBook {
  /** In the order asked for. @throws DependencyUnavailableError */
  read(accounts: readonly AccountRef[]): Promise<readonly CachedBalance[]>;
}

/** Who follows a topic. */
export type Projection = 'ledger' | 'balances' | 'redemptions';

export interface Projections {
  /**
   * Resolves once the projection has taken in all of its topic's partition before the offset.
   * @throws ProjectionBehindError when it does not get there in time
   */
  past(projection: Projection, partition: number, offset: number): Promise<void>;
}
