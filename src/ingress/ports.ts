import type { IngestCommand } from '../contracts/index.ts';
import type { MerchantSettings } from '../domain/merchant.ts';

export interface ShopDirectory {
  /**
   * The merchant of a shop domain (lower case); undefined where there is none.
   * @throws DependencyUnavailableError when it is not known here and the store does not answer
   */
  byShopDomain(shopDomain: string): Promise<MerchantSettings | undefined>;
  /** Whether the copy in memory has it: asks nobody. */
  knows(shopDomain: string): boolean;
  /** Whether one of its secrets signs another shop's webhooks too: then a signature does not tell whose a body is. */
  sharesSecret(merchant: MerchantSettings): boolean;
}

/** What became of a command: points.ingest holds it, or the offline queue until points.ingest does. */
export type PublishOutcome = 'published' | 'buffered';

/** What whoever publishes knows of a happening beside its command; for an estimate only. */
export interface KnownAmount {
  /** What of an order a cancellation takes back, in minor units of the merchant's currency. */
  readonly amountMinor?: number;
}

export interface CommandPublisher {
  /**
   * Resolves once the command is safe; may have stored it more than once.
   * @throws DependencyUnavailableError when that is not certain within the deadline: it may or may not be stored
   */
  publish(command: IngestCommand, known?: KnownAmount): Promise<PublishOutcome>;
}

/** A command as a record of points.ingest; `merchant_id` is its key. */
export interface EncodedCommand extends Pick<IngestCommand, 'merchant_id' | 'correlation_id' | 'schema_version'> {
  /** In the registry's wire format. */
  readonly value: Buffer;
  /** W3C traceparent, where what happens to the command is traced; a header of the record. */
  readonly traceparent?: string | undefined;
}

export interface CommandSender {
  /**
   * Resolves once all in-sync replicas of points.ingest hold all of them, each merchant's in the order given; may have
   * stored some more than once.
   * @throws DependencyUnavailableError when that is not certain by the deadline: any of them may or may not be stored
   */
  send(commands: readonly EncodedCommand[], deadline: AbortSignal): Promise<void>;
}

/** A command that is to wait until Kafka takes it; one whose `event_id` waits already is not put a second time. */
export interface QueuedCommand extends EncodedCommand, Pick<IngestCommand, 'event_id' | 'customer_id' | 'locale'> {
  /** About what it will do to the balance, never 0; what it really does is decided later. */
  readonly points: number;
  readonly type: 'earn' | 'spend';
}

/** A command that waits. */
export interface WaitingCommand extends EncodedCommand, Pick<IngestCommand, 'event_id'> {
  /** 1, 2, 3 … in the order they were put, over all instances; some numbers may be missing. */
  readonly arrival: number;
  /** How often it could not be sent. */
  readonly attempts: number;
  /** When it was put; milliseconds since the epoch, UTC. */
  readonly createdAt: number;
}

export interface QueueStatus {
  readonly waiting: number;
  readonly limit: number;
  /** Of the newest command that was ever put; 0 before the first. */
  readonly lastArrival: number;
  /** The oldest that waits; null where none does. */
  readonly oldest: Pick<WaitingCommand, 'arrival' | 'createdAt'> | null;
  /** Whether Kafka took nothing when it was last tried, by whatever instance: nobody should publish past the queue. */
  readonly isBlocked: boolean;
}

export type PutOutcome = 'taken' | 'there' | 'full';

/** Where commands wait; shared by all instances. Every call throws DependencyUnavailableError while its store is away. */
export interface OfflineQueue {
  /**
   * Once it is `taken` it is kept until it is removed, as is one that is `there` already; `full`: it is not in the queue.
   * @param isBlocked whether it comes here because Kafka does not take it, and not only to stay behind others
   */
  put(command: QueuedCommand, isBlocked: boolean): Promise<PutOutcome>;
  status(): Promise<QueueStatus>;
  /** The longest waiting, in the order they arrived. */
  first(count: number): Promise<readonly WaitingCommand[]>;
  /** Takes them out; resolves with how many were still there. */
  remove(commands: readonly WaitingCommand[]): Promise<number>;
  /** Counts one more attempt at sending these that came to nothing. */
  countAttempt(commands: readonly WaitingCommand[]): Promise<void>;
  /** Tells every instance that Kafka takes commands again. */
  unblock(): Promise<void>;
  /** Counts anew; resolves with how many went without having been removed. */
  recount(): Promise<number>;
  /** Makes this instance the one that sends, or keeps it so, for a while; false where another one is. */
  hold(): Promise<boolean>;
  /** Lets another instance send. */
  letGo(): Promise<void>;
}

/** What becomes of commands in the queue. */
export type QueueEvent = 'buffered' | 'drained' | 'expired' | 'refused_full' | 'refused_no_estimate';

export interface QueueMetrics {
  count(event: QueueEvent, commands: number): void;
  /** The queue as all instances share it, each time it is looked at. */
  seen(status: QueueStatus): void;
}

export interface ProcessedLookup {
  /**
   * Whether this very event is known to be processed, by its own id or by the delivery that brings it (a delivery
   * mark counts only when it names the same event). False when in doubt or when Redis is away: never throws.
   */
  isProcessed(merchantId: string, eventId: string, deliveryId: string | null): Promise<boolean>;
}

export interface IngressMetrics {
  /**
   * One webhook was answered.
   * @param outcome accepted, duplicate, ignored, refused, unavailable or failed
   * @param reason why, where the outcome leaves it open; of a small fixed vocabulary
   */
  answered(outcome: string, reason: string | null, seconds: number): void;
}
