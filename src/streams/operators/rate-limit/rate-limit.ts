import type { NewRecord, StreamRecord } from '../../record.ts';
import type { StoreDefinition } from '../../state/store.ts';
import type { Processor, ProcessorContext } from '../../topology/nodes.ts';
import { processBatch } from '../process-batch.ts';
import type { Deferral } from './deferral.ts';
import type { DeferredSerdes } from './deferred-records.ts';
import type { LimitOf } from './limits.ts';
import { type RateLimitHooks, RateLimiter } from './rate-limiter.ts';
import type { TokenBuckets } from './token-buckets.ts';

/** What upstream operators remember on account of a record, as that it was seen, while it waits. */
export interface Remembered<K, V> {
  readonly stores: readonly StoreDefinition[];
  /** Called once for each task. */
  create(context: ProcessorContext<K, V>): RememberedOfTask<K, V>;
}

export interface RememberedOfTask<K, V> {
  /**
   * Records have waited, and go on in this transaction: those of them that still may. What is remembered can have been
   * forgotten meanwhile, and another record of the same happening let in.
   */
  resume(records: readonly NewRecord<K, V>[]): Promise<readonly NewRecord<K, V>[]>;
  /** A record failed after it has waited, and is forgotten. */
  forget(record: NewRecord<K, V>): void;
}

export interface RateLimitOptions<K, V> extends DeferredSerdes<K, V> {
  /** Where records wait: a `deferralStore`. */
  readonly store: StoreDefinition<Deferral>;
  /** Asked once a micro-batch, for all of its keys. While they cannot be asked (they reject), no record goes on. */
  readonly buckets: TokenBuckets;
  /** Whose limit a record counts against. All records of a key must be in one partition. */
  readonly keyOf: (record: StreamRecord<K, V>) => string;
  /**
   * The limit of a key as it is now; null: none. Asked in every micro-batch the key is in, and while its records wait.
   * Where it rejects, records that came fail with that, and records that wait go on waiting.
   */
  readonly limitOf: LimitOf;
  /** Records it is false for pass at once, also by records of their key that wait. Default: all are limited. */
  readonly isLimited?: (record: StreamRecord<K, V>) => boolean;
  /**
   * A record that fails behind the limit is undone with its micro-batch, but where it has waited, what was remembered
   * of it (that it was seen, say) was committed when it came. It is forgotten here, in one transaction with the dead
   * letter.
   */
  readonly remembered?: Remembered<K, V>;
  /** How often records that wait are looked after, in milliseconds: each time is a transaction. Default 100. */
  readonly drainIntervalMs?: number;
  /** Records that go on at once, of all keys together, at most. Default 1,000. */
  readonly maxDrainedRecords?: number;
  readonly hooks?: RateLimitHooks;
}

/**
 * Lets the records of a key go on as fast as its token bucket allows. What comes faster waits in a store, first in, first
 * out, and goes on as tokens flow in; whatever comes later for the key waits behind it, other keys flow on. Nothing is
 * dropped, and no partition is held up.
 *
 * What waits is as safe as any state: deferring is part of the transaction that reads the record, going on of the one
 * that writes what is made of it. A record that fails after it has waited is dead-lettered with its original bytes.
 *
 * @example
 * orders.pipe(
 *   rateLimit('limit', {
 *     store: deferralStore('waiting-orders'),
 *     buckets: new LocalTokenBuckets(),
 *     keyOf: ({ key }) => key,
 *     limitOf: () => ({ ratePerSecond: 40, burst: 40 }),
 *     ...{ keySerde: stringSerde, valueSerde: orderSerde, isAsRead: true },
 *   }),
 * );
 */
export const rateLimit = <K, V>(name: string, options: RateLimitOptions<K, V>): Processor<K, V, K, V> =>
  processBatch<K, V, K, V>(name, {
    stores: [options.store, ...(options.remembered?.stores ?? [])],
    keepsKey: true,
    create: (context) => {
      const limiter = new RateLimiter(context, options);
      return (records) => limiter.limit(records);
    },
  });
