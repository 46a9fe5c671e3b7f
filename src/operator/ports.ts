import type { LedgerEntry } from '../balances/ports.ts';
import type { Followed } from '../follow/index.ts';
import type {
  DeadLetter,
  ListOptions,
  ReplayJob,
  ReplaySource,
  Selection,
  SourceRange,
  Tally,
} from '../replay/index.ts';

/** Where instances tell each other how they are. It may forget, and be away: then only this instance is seen. */
export interface InstanceBoard {
  /** Tells it for so long; telling again replaces it. @throws DependencyUnavailableError */
  publish(id: string, status: string, ttlMs: number): Promise<void>;
  /** The instance stops: it is not to be seen any more. @throws DependencyUnavailableError */
  withdraw(id: string): Promise<void>;
  /** What all have told whose time is not over. @throws DependencyUnavailableError */
  all(): Promise<readonly string[]>;
}

/** A consumer group, and the topics it follows. */
export interface FollowedTopics {
  readonly groupId: string;
  readonly topics: readonly string[];
}

/** How far a group is behind on a topic. */
export interface GroupLag {
  readonly groupId: string;
  readonly topic: string;
  /** Records behind, by partition; a few of them are marks of transactions. */
  readonly partitions: readonly number[];
}

/** How far groups are behind, as the brokers know: also where no instance is left to tell. */
export interface GroupLags {
  /** @throws DependencyUnavailableError when Kafka does not answer in time */
  of(groups: readonly FollowedTopics[]): Promise<readonly GroupLag[]>;
}

/** A redemption as it is shown. */
export interface RedemptionShown {
  readonly rewardId: string;
  readonly points: number;
  readonly status: string;
  readonly reason: string | null;
  readonly taskId: string | null;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly correlationId: string;
}

export interface AccountShown {
  readonly merchantId: string;
  readonly shopDomain: string | null;
  readonly currency: string | null;
  readonly customerId: string;
  /** Points after the newest entry; null for a customer without any. */
  readonly balance: number | null;
  readonly sequence: number | null;
  /** Newest first. */
  readonly entries: readonly LedgerEntry[];
  /** `before` of the next page; null on the last. */
  readonly next: number | null;
  /** The newest, on the first page only. */
  readonly redemptions: readonly RedemptionShown[];
}

/** A customer of a merchant, as somebody writes it: ids of ours, a shop's domain, a customer's id at Shopify. */
export interface AccountAsked {
  readonly merchant: string;
  readonly customer: string;
  /** Only entries with a lower sequence. */
  readonly before?: number;
}

/** Accounts as the ledger has them (MongoDB). */
export interface Accounts {
  /**
   * @returns null where there is no such merchant
   * @throws DependencyUnavailableError
   */
  read(asked: AccountAsked): Promise<AccountShown | null>;
  /** Shop domains of merchants that exist, by id. @throws DependencyUnavailableError */
  shopsOf(merchantIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

/** Dead letters on their topic (Kafka). */
export interface DeadLetters {
  /** @throws DependencyUnavailableError */
  list(options: ListOptions): Promise<readonly DeadLetter[]>;
  /** undefined where there is none at this place. @throws DependencyUnavailableError */
  open(place: { readonly partition: number; readonly offset: number }): Promise<OpenedDeadLetter | undefined>;
}

/** A dead letter with what its bytes say. */
export interface OpenedDeadLetter {
  readonly letter: DeadLetter;
  /** Bytes of the value; null for a tombstone. */
  readonly bytes: number | null;
  readonly value?: unknown;
  /** Why it cannot be read. */
  readonly unreadable?: string;
}

export interface ReplayAsked {
  readonly from: ReplaySource;
  readonly selection: Selection;
  readonly offsets: readonly SourceRange[];
}

/** Copies dead letters onto points.replay, and puts on record that it does (Kafka). */
export interface Replayer {
  /** @throws ReplayInvalidError, DependencyUnavailableError */
  plan(asked: ReplayAsked): Promise<ReplayJob>;
  dryRun(job: ReplayJob, signal: AbortSignal): Promise<Tally>;
  /** @returns how many records were copied */
  run(
    job: ReplayJob,
    records: number,
    options: {
      readonly ratePerSecond: number;
      readonly signal: AbortSignal;
      readonly onCopied: (records: number) => void;
    },
  ): Promise<number>;
}

/** Follows a correlation id. @throws DependencyUnavailableError */
export type Follow = (correlationId: string, longestMs: number) => Promise<Followed>;

/** Told of what operators look at that is of customers, and of what they try. */
export interface OperatorLog {
  readonly readAccount: (merchantId: string, customerId: string) => void;
  readonly followed: (correlationId: string) => void;
  readonly loggedIn: (address: string) => void;
  readonly refused: (address: string, status: number) => void;
}
