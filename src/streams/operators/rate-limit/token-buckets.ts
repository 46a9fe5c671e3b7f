/** What one key would take out of its bucket. */
export interface TokenRequest {
  /** Whose bucket it is. */
  readonly key: string;
  /** An integer; for 0 or less nothing is granted. */
  readonly wanted: number;
  /** Tokens that flow into the bucket a second from now on; greater than 0. */
  readonly ratePerSecond: number;
  /** Tokens the bucket holds at most, and in the beginning; at least 1. */
  readonly burst: number;
}

/**
 * Buckets of tokens, one a key, made full when a key is first asked for. In any stretch of time no more tokens of a key
 * are granted than its burst and what flows in meanwhile.
 *
 * A grant is spent, also where what it was for is not done after all: who asks again for the same work may be granted
 * less, never more.
 */
export interface TokenBuckets {
  /**
   * Takes tokens for all keys of a micro-batch, in one round trip where there is one to make.
   * @param nowMs milliseconds since the epoch by the caller's clock; it may be set back
   * @returns for each request, in their order, how many tokens it was granted: 0 up to what it wanted
   */
  take(requests: readonly TokenRequest[], nowMs: number): Promise<readonly number[]>;
}
