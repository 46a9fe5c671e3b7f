import type { NewRecord, StreamRecord } from '../../record.ts';
import type { Cancellable, ProcessorContext } from '../../topology/nodes.ts';
import { BatchTokens, type Demand } from './batch-tokens.ts';
import { DeferralQueues } from './deferral-queues.ts';
import type { DeferredRecord } from './deferral.ts';
import { DeferredRecords } from './deferred-records.ts';
import { fairShares } from './fair-shares.ts';
import { limitsOf } from './limits.ts';
import type { RateLimitOptions, RememberedOfTask } from './rate-limit.ts';

/** What the rate limit tells whoever watches it, as it is committed. Must not throw. */
export interface RateLimitHooks {
  /** The key is over its limit: its records wait from now on. Once until none waits any more. */
  onLimited?(key: string): void;
  /** So many records have to wait. */
  onDeferred?(records: number): void;
  /** So many records of the task wait now; 0 when the task lets go of them. */
  deferred?(taskId: string, records: number): void;
}

/** The rate limit of one task. */
export class RateLimiter<K, V> {
  readonly #context: ProcessorContext<K, V>;
  readonly #options: RateLimitOptions<K, V>;
  readonly #queues: DeferralQueues;
  readonly #tokens: BatchTokens;
  readonly #records: DeferredRecords<K, V>;
  readonly #remembered: RememberedOfTask<K, V> | undefined;
  #drains: Cancellable | null = null;
  /** Whether it has been said that there are keys whose limit cannot be had. */
  #isTold = false;

  constructor(context: ProcessorContext<K, V>, options: RateLimitOptions<K, V>) {
    const { store, buckets, hooks, remembered } = options;
    this.#context = context;
    this.#options = options;
    this.#queues = new DeferralQueues(context, store, (waiting) => {
      this.#onWaiting(waiting);
    });
    this.#tokens = new BatchTokens(context, buckets);
    this.#records = new DeferredRecords(options);
    this.#remembered = remembered?.create(context);
    // The first one finds out whether an earlier owner of the task has left records.
    this.#scheduleDrains();
    context.onClose(() => hooks?.deferred?.(context.taskId, 0));
  }

  /** Those of a micro-batch that may go on; the others wait. */
  async limit(records: readonly StreamRecord<K, V>[]): Promise<readonly StreamRecord<K, V>[]> {
    const { keyOf, limitOf, isLimited = () => true, hooks } = this.#options;
    await this.#queues.open();
    const keys = records.map((record) => (isLimited(record) ? keyOf(record) : null));
    const wanted = new Map<string, number>();
    for (const key of keys) {
      if (key !== null && this.#queues.waiting(key) === 0) wanted.set(key, (wanted.get(key) ?? 0) + 1);
    }
    const limits = await limitsOf(limitOf, [...wanted.keys()]);
    const demands = new Map<string, Demand>();
    for (const [key, count] of wanted) {
      const limit = limits.get(key) ?? null;
      if (!(limit instanceof Error)) demands.set(key, { limit, wanted: count });
    }
    const allowed = new Map(await this.#tokens.take(demands));

    const limitedKeys: string[] = [];
    let deferred = 0;
    const passed: StreamRecord<K, V>[] = [];
    for (const [index, record] of records.entries()) {
      const key = keys[index] ?? null;
      if (key === null) {
        passed.push(record);
        continue;
      }
      const limit = limits.get(key);
      const left = allowed.get(key) ?? 0;
      if (limit instanceof Error) {
        this.#context.fail(record, limit);
      } else if (left > 0) {
        allowed.set(key, left - 1);
        passed.push(record);
      } else {
        const isFirst = this.#queues.waiting(key) === 0;
        if (!this.#defer(key, record)) continue;
        deferred += 1;
        if (isFirst) limitedKeys.push(key);
      }
    }
    if (deferred > 0) {
      this.#context.afterCommit(() => {
        for (const key of limitedKeys) hooks?.onLimited?.(key);
        hooks?.onDeferred?.(deferred);
      });
    }
    return passed;
  }

  #defer(key: string, record: StreamRecord<K, V>): boolean {
    try {
      this.#queues.append(key, this.#records.defer(record));
      return true;
    } catch (error) {
      this.#context.fail(record, error);
      return false;
    }
  }

  /** Records that have waited and may go on now, those of a key in their order. */
  async #drain(): Promise<readonly NewRecord<K, V>[]> {
    const { limitOf, maxDrainedRecords = 1_000 } = this.#options;
    await this.#queues.open();
    const keys = this.#queues.keys();
    if (keys.length === 0) return [];
    const limits = await limitsOf(limitOf, keys);
    this.#tellOfUnknown(limits);
    const wanted = new Map<string, number>();
    for (const [key, limit] of limits) {
      if (limit instanceof Error) continue;
      wanted.set(key, Math.min(this.#queues.waiting(key), limit?.burst ?? Number.POSITIVE_INFINITY));
    }
    const demands = new Map<string, Demand>();
    for (const [key, share] of fairShares(wanted, maxDrainedRecords)) {
      const limit = limits.get(key);
      if (!(limit instanceof Error)) demands.set(key, { limit: limit ?? null, wanted: share });
    }
    const records = await this.#queues.take(await this.#tokens.take(demands));
    await this.#records.prepare(records);
    const resumed = records.flatMap((record) => this.#resume(record));
    return this.#remembered?.resume(resumed) ?? resumed;
  }

  #resume(record: DeferredRecord): readonly NewRecord<K, V>[] {
    const isLeftOut = this.#context.isLeftOut(record.source);
    try {
      const resumed = this.#records.resume(record);
      if (!isLeftOut) return [resumed];
      this.#remembered?.forget(resumed);
    } catch (error) {
      if (!isLeftOut) this.#context.fail(record, error);
    }
    return [];
  }

  /** Nobody is called while nothing waits. */
  #onWaiting(waiting: number): void {
    const { hooks } = this.#options;
    hooks?.deferred?.(this.#context.taskId, waiting);
    if (waiting > 0) {
      this.#scheduleDrains();
    } else {
      this.#drains?.cancel();
      this.#drains = null;
    }
  }

  #scheduleDrains(): void {
    const { drainIntervalMs = 100 } = this.#options;
    this.#drains ??= this.#context.schedule(drainIntervalMs, 'WALL_CLOCK_TIME', () => this.#drain());
  }

  #tellOfUnknown(limits: ReadonlyMap<string, unknown>): void {
    const unknown = [...limits].find(([, limit]) => limit instanceof Error);
    if (unknown !== undefined && !this.#isTold) {
      this.#context.logger.warn({ err: unknown[1] }, 'Records wait on, as their limit cannot be had');
    }
    this.#isTold = unknown !== undefined;
  }
}
