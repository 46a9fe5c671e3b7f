import type { TokenBuckets, TokenRequest } from './token-buckets.ts';

/** A level is counted in thousandths of a token: a whole rate times whole milliseconds is exact. */
const unit = 1_000;

interface Bucket {
  level: number;
  /** When the level was right; milliseconds since the epoch. */
  at: number;
  readonly ratePerSecond: number;
  readonly burst: number;
}

/** Buckets looked at for each request, to find those to forget. Two, so that they are found faster than made. */
const looksPerRequest = 2;

/**
 * Token buckets in the memory of this process. They limit rightly what one process does alone for a key.
 *
 * A bucket that has filled up again is as good as none and is forgotten, so that memory holds the keys of the last
 * seconds, not all there ever were.
 */
export class LocalTokenBuckets implements TokenBuckets {
  /** The one looked at longest ago comes first. */
  readonly #buckets = new Map<string, Bucket>();

  /** Buckets held in memory. */
  get size(): number {
    return this.#buckets.size;
  }

  take(requests: readonly TokenRequest[], nowMs: number): Promise<readonly number[]> {
    return Promise.resolve(this.takeNow(requests, nowMs));
  }

  /** As `take`, without a promise. */
  takeNow(requests: readonly TokenRequest[], nowMs: number): readonly number[] {
    return requests.map((request) => {
      this.#forgetFull(nowMs);
      const bucket = this.#filled(request, nowMs);
      const granted = Math.max(0, Math.min(request.wanted, Math.floor(bucket.level / unit)));
      bucket.level -= granted * unit;
      return granted;
    });
  }

  /** Puts tokens that were granted and not used back. */
  giveBack(key: string, tokens: number): void {
    const bucket = this.#buckets.get(key);
    // A bucket that was forgotten meanwhile is full without them.
    if (bucket !== undefined) bucket.level = Math.min(bucket.burst * unit, bucket.level + tokens * unit);
  }

  /** The key's bucket as it is now; what has flowed in since it was asked for last did so at the rate it had then. */
  #filled({ key, ratePerSecond, burst }: TokenRequest, nowMs: number): Bucket {
    const known = this.#buckets.get(key);
    const level = known === undefined ? burst * unit : Math.min(burst * unit, levelAt(known, nowMs));
    const bucket = { level, at: nowMs, ratePerSecond, burst };
    this.#buckets.set(key, bucket);
    return bucket;
  }

  #forgetFull(nowMs: number): void {
    for (let looks = 0; looks < looksPerRequest; looks += 1) {
      const oldest = this.#buckets.entries().next();
      if (oldest.done) return;
      const [key, bucket] = oldest.value;
      this.#buckets.delete(key);
      if (levelAt(bucket, nowMs) >= bucket.burst * unit) continue;
      // Where the clock was set back, nobody waits for the old time.
      bucket.at = Math.min(bucket.at, nowMs);
      this.#buckets.set(key, bucket);
    }
  }
}

/** What has flowed in by then, be it more than the bucket holds; nothing while the clock goes backwards. */
const levelAt = ({ level, at, ratePerSecond }: Bucket, nowMs: number): number =>
  level + Math.max(0, nowMs - at) * ratePerSecond;
