import { type SortedMap, sortedMap } from './sorted-map.ts';

/** Which keys expire when: one bucket a millisecond. Most hold one key; those of a window's end hold all of its keys. */
export class ExpiryIndex {
  readonly #buckets: SortedMap<number, string | Set<string>> = sortedMap((a, b) => a - b);

  add(expiresAt: number, key: string): void {
    const bucket = this.#buckets.get(expiresAt);
    if (bucket === undefined) this.#buckets.set(expiresAt, key);
    else if (typeof bucket !== 'string') bucket.add(key);
    else if (bucket !== key) this.#buckets.set(expiresAt, new Set([bucket, key]));
  }

  remove(expiresAt: number, key: string): void {
    const bucket = this.#buckets.get(expiresAt);
    if (bucket === undefined) return;
    if (typeof bucket !== 'string') {
      bucket.delete(key);
      if (bucket.size > 0) return;
    } else if (bucket !== key) return;
    this.#buckets.delete(expiresAt);
  }

  /** Keys that expire before the stream time, the earliest first, at most `limit` of them. */
  dueBefore(streamTime: number, limit: number): readonly string[] {
    const due: string[] = [];
    for (const [expiresAt, bucket] of this.#buckets.entries()) {
      if (expiresAt >= streamTime) break;
      for (const key of typeof bucket === 'string' ? [bucket] : bucket) {
        if (due.length >= limit) return due;
        due.push(key);
      }
    }
    return due;
  }
}
