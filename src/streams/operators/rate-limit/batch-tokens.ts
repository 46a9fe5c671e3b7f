import type { ProcessorContext } from '../../topology/nodes.ts';
import type { TokenBuckets } from './token-buckets.ts';

/** How fast the records of a key may go on. */
export interface RateLimit {
  /** Records a second in the long run; greater than 0. */
  readonly ratePerSecond: number;
  /** Records that may go at once after a pause; an integer of at least 1. */
  readonly burst: number;
}

/** What a key would take. */
export interface Demand {
  /** null: as many as it wants. */
  readonly limit: RateLimit | null;
  readonly wanted: number;
}

interface Grant {
  tokens: number;
  /** Less was granted than was asked for: nobody asks again in this micro-batch. */
  isBucketEmpty: boolean;
}

/**
 * The tokens of one micro-batch. They are taken once, however often the batch is passed, and every pass uses what was
 * granted afresh.
 */
export class BatchTokens {
  readonly #context: ProcessorContext;
  readonly #buckets: TokenBuckets;

  constructor(context: ProcessorContext, buckets: TokenBuckets) {
    this.#context = context;
    this.#buckets = buckets;
  }

  /**
   * Tokens for all keys, with one call at most.
   * @returns for each key how many of what it wants may go
   */
  async take(demands: ReadonlyMap<string, Demand>): Promise<ReadonlyMap<string, number>> {
    const grants = await this.#context.once('grants', () => Promise.resolve(new Map<string, Grant>()));
    const used = this.#context.perPass('used tokens', () => new Map<string, number>());
    await this.#askForMore(demands, grants, used);
    const allowed = new Map<string, number>();
    for (const [key, { limit, wanted }] of demands) {
      const before = used.get(key) ?? 0;
      const may = limit === null ? wanted : Math.min(wanted, (grants.get(key)?.tokens ?? 0) - before);
      allowed.set(key, may);
      if (limit !== null) used.set(key, before + may);
    }
    return allowed;
  }

  async #askForMore(
    demands: ReadonlyMap<string, Demand>,
    grants: Map<string, Grant>,
    used: ReadonlyMap<string, number>,
  ): Promise<void> {
    const requests = [...demands].flatMap(([key, { limit, wanted }]) => {
      const { tokens = 0, isBucketEmpty = false } = grants.get(key) ?? {};
      const missing = wanted - (tokens - (used.get(key) ?? 0));
      return limit === null || isBucketEmpty || missing <= 0 ? [] : [{ key, wanted: missing, ...limit }];
    });
    if (requests.length === 0) return;
    const granted = await this.#buckets.take(requests, this.#context.currentSystemTimeMs());
    for (const [index, { key, wanted }] of requests.entries()) {
      const more = granted[index] ?? 0;
      grants.set(key, { tokens: (grants.get(key)?.tokens ?? 0) + more, isBucketEmpty: more < wanted });
    }
  }
}
