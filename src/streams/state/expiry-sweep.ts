import { expiryOf } from './entry.ts';
import { type LevelRange, storeRange } from './disk-layout.ts';

/** Where a sweep stands; kept with the data, so that a restart goes on with it. */
export interface SweepState {
  /** Stores that have had entries with an expiry, in the order of their first one. */
  readonly stores: readonly string[];
  /** Of those entries, the earliest and the latest expiry there may be; null where there are none. */
  readonly expiries: Span | null;
  /** The sweep under way: the store by its index, the key to go on with, and what it has left standing. */
  readonly under: { readonly store: number; readonly from: string | null; readonly left: Span | null } | null;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Entries of a range, as LevelDB's iterator gives them. */
export interface EntrySource {
  nextv(size: number): Promise<[key: string, entry: Buffer][]>;
  close(): Promise<void>;
}

/** A sweep begins when about this part of what it walks through has expired: it is what each removal costs. */
const dueShare = 1 / 8;

const widen = (span: Span | null, expiresAt: number): Span => {
  if (span === null) return { from: expiresAt, to: expiresAt };
  if (expiresAt >= span.from && expiresAt <= span.to) return span;
  return { from: Math.min(span.from, expiresAt), to: Math.max(span.to, expiresAt) };
};

/**
 * Finds expired entries by walking through the stores that have any, some at each commit. Reads do not see what has
 * expired, so it is only about room when this happens: a walk is begun when enough has expired to be worth it.
 */
export class ExpirySweep {
  #stores: readonly string[];
  #expiries: Span | null;
  #under: SweepState['under'];

  constructor(state: SweepState = { stores: [], expiries: null, under: null }) {
    this.#stores = state.stores;
    this.#expiries = state.expiries;
    this.#under = state.under;
  }

  get state(): SweepState {
    return { stores: this.#stores, expiries: this.#expiries, under: this.#under };
  }

  /** An entry is written that will expire. */
  onWritten(store: string, expiresAt: number): void {
    if (!this.#stores.includes(store)) this.#stores = [...this.#stores, store];
    this.#expiries = widen(this.#expiries, expiresAt);
    if (this.#under !== null) this.#under = { ...this.#under, left: widen(this.#under.left, expiresAt) };
  }

  /** Walks on through at most `limit` entries; gives the keys of those that expired before the stream time. */
  async walk(streamTime: number, limit: number, open: (range: LevelRange) => EntrySource): Promise<readonly string[]> {
    const expired: string[] = [];
    if (this.#under === null && this.#isDue(streamTime)) this.#under = { store: 0, from: null, left: null };
    for (let room = limit; room > 0 && this.#under !== null; ) {
      const { store: index, from } = this.#under;
      let { left } = this.#under;
      const store = this.#stores[index];
      if (store === undefined) {
        this.#expiries = left;
        this.#under = null;
        break;
      }
      const range = storeRange(store);
      const chunk = await read(open({ ...range, gte: from ?? range.gte }), room);
      for (const [key, entry] of chunk) {
        const expiresAt = expiryOf(entry);
        if (expiresAt < streamTime) expired.push(key);
        else if (expiresAt !== Infinity) left = widen(left, expiresAt);
      }
      room -= chunk.length;
      const last = chunk.at(-1)?.[0];
      this.#under =
        last === undefined ? { store: index + 1, from: null, left } : { store: index, from: `${last}\u0000`, left };
    }
    return expired;
  }

  #isDue(streamTime: number): boolean {
    if (this.#expiries === null) return false;
    const { from, to } = this.#expiries;
    return streamTime > from + (to - from) * dueShare;
  }
}

async function read(source: EntrySource, size: number): Promise<[string, Buffer][]> {
  try {
    return await source.nextv(size);
  } finally {
    await source.close();
  }
}
