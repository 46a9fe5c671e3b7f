import { encodeEntry, expiryOf, liveValueOf } from './entry.ts';
import { ExpiryIndex } from './expiry-index.ts';
import { compareKeys, isInRange, storedKey, storedRange } from './key-order.ts';
import { type SortedMap, sortedMap } from './sorted-map.ts';
import type { KeyRange, StoreChange } from './store.ts';

/** Expired entries forgotten with one commit at most, so that a commit after a long pause stays short. */
const maxPurgedPerCommit = 2_000;

/**
 * Entries are kept as strings of one byte a character: 16 bytes besides their own, where a Buffer has some 200, and one
 * cut out of a fetch would hold the whole fetch in memory.
 */
type Packed = string;
const pack = (entry: Buffer): Packed => entry.toString('latin1');
const unpack = (packed: Packed): Buffer => Buffer.from(packed, 'latin1');

/** One store in memory, sorted. */
export class MemoryStore {
  readonly #entries: SortedMap<string, Packed> = sortedMap(compareKeys);
  readonly #expiries = new ExpiryIndex();
  #bytes = 0;

  get(key: string, streamTime: number): Buffer | undefined {
    const packed = this.#entries.get(storedKey(key));
    return packed === undefined ? undefined : liveValueOf(unpack(packed), streamTime);
  }

  range(range: KeyRange, streamTime: number): (readonly [key: string, value: Buffer])[] {
    const bounds = storedRange(range);
    const limit = bounds.limit ?? Infinity;
    const found: (readonly [key: string, value: Buffer])[] = [];
    const walk =
      bounds.reverse === true
        ? this.#entries.entriesReversed(bounds.to, undefined, true)
        : this.#entries.entries(bounds.from);
    for (const [key, packed] of walk) {
      if (found.length >= limit || !isInRange(key, bounds)) break;
      const value = liveValueOf(unpack(packed), streamTime);
      if (value !== undefined) found.push([key, value]);
    }
    return found;
  }

  change({ key, value, expiresAt }: StoreChange): void {
    const stored = storedKey(key);
    this.#forget(stored);
    if (value === null) {
      this.#entries.delete(stored);
      return;
    }
    const packed = pack(encodeEntry(value, expiresAt));
    this.#entries.set(stored, packed);
    this.#bytes += stored.length + packed.length;
    if (expiresAt !== null) this.#expiries.add(expiresAt, stored);
  }

  purge(streamTime: number): void {
    for (const key of this.#expiries.dueBefore(streamTime, maxPurgedPerCommit)) {
      this.#forget(key);
      this.#entries.delete(key);
    }
  }

  size(streamTime: number): number {
    return this.#entries.size - this.#expiries.dueBefore(streamTime, Infinity).length;
  }

  /** Keys and entries, as they are kept. */
  bytes(): number {
    return this.#bytes;
  }

  /** Before an entry is replaced or deleted. */
  #forget(key: string): void {
    const packed = this.#entries.get(key);
    if (packed === undefined) return;
    this.#bytes -= key.length + packed.length;
    const expiresAt = expiryOf(unpack(packed));
    if (expiresAt !== Infinity) this.#expiries.remove(expiresAt, key);
  }
}
