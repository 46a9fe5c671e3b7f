import type {
  AccountState,
  AuditEntry,
  IngestCommand,
  OrderState,
  PointsBalance,
  PointsEarned,
  RedemptionState,
  RewardRedemption,
  RewardState,
  SeenEvent,
} from '../../src/contracts/index.ts';
import type { CustomerSource } from './customers.ts';
import type { MerchantSettings, Messages } from '../../src/domain/index.ts';
import type { RateLimitHooks, Serde, TokenBuckets } from '../../src/streams/index.ts';

/** The serde of every topic and store of the topology. */
export interface PointsSerdes {
  readonly ingest: Serde<IngestCommand>;
  readonly earned: Serde<PointsEarned>;
  readonly audit: Serde<AuditEntry>;
  readonly balances: Serde<PointsBalance>;
  readonly accounts: Serde<AccountState>;
  readonly seenEvents: Serde<SeenEvent>;
  readonly orders: Serde<OrderState>;
  readonly redemptions: Serde<RedemptionState>;
  readonly rewards: Serde<RewardState>;
  readonly rewardRedemptions: Serde<RewardRedemption>;
}

export interface MerchantSource {
  /**
   * The merchant's settings; undefined where there is no such merchant.
   * @throws DependencyUnavailableError when they are not known here and the store does not answer
   */
  byId(merchantId: string): Promise<MerchantSettings | undefined>;
}

export interface EventRef {
  readonly merchantId: string;
  readonly eventId: string;
}

/** What was applied longer ago than the dedupe store remembers. */
export interface AppliedEvents {
  /**
   * Those of the events that are in the ledger, as `merchant_id:event_id`.
   * @param before stream time in milliseconds: everything decided before it must be in what is looked at
   * @throws DependencyUnavailableError when the ledger does not answer, or is itself behind `before`
   */
  find(events: readonly EventRef[], before: number): Promise<ReadonlySet<string>>;
}

/** A command that was decided; what was decided is in the audit log. */
export interface Decided {
  /** When it came onto its topic, by the broker's clock; milliseconds since the epoch. */
  readonly arrivedAt: number;
  /** Whether it had to wait for its merchant's rate limit. */
  readonly hasWaited: boolean;
}

export interface PointsParts {
  readonly serdes: PointsSerdes;
  readonly merchants: MerchantSource;
  /** Who is a merchant's customer; undefined: nobody is asked. */
  readonly customers?: CustomerSource | undefined;
  readonly appliedEvents: AppliedEvents;
  readonly messages: Messages;
  /** How long a redemption may be pending before it fails, in milliseconds. */
  readonly redemptionTimeoutMs: number;
  /** The token buckets of the merchants' rate limits, by merchant_id. */
  readonly buckets: TokenBuckets;
  readonly onRateLimit?: RateLimitHooks;
  /** Told of each command whose decision has been committed. */
  readonly onDecided?: (command: Decided) => void;
  /** Told of each event that is dropped because it was applied before. */
  readonly onDuplicate?: () => void;
}
