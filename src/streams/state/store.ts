import type { Serde } from '../serde.ts';

/**
 * A state store as operators see it within a micro-batch: keys are loaded once for the whole batch, then read and
 * written synchronously. What is written is seen by later reads of the batch, and reaches changelog and disk only when
 * the batch commits.
 */
export interface KeyValueStore<V> {
  /** Makes these keys readable by `get` until the batch ends; one look-up for all of them. */
  load(keys: readonly string[]): Promise<void>;
  /**
   * What was not loaded is looked up at once, which costs some microseconds and keeps other tasks waiting: load what a
   * batch is known to need.
   * @throws StoreKeyNotLoadedError for a value that was written with a schema which must be fetched first: the engine
   * fetches it and begins the batch again
   */
  get(key: string): V | undefined;
  put(key: string, value: V): void;
  delete(key: string): void;
  /**
   * Entries of a range in the order of their keys (by UTF-8 bytes), with what the batch has written so far; they count
   * as loaded. Without `limit` all of them come into memory at once.
   */
  range(range: KeyRange): Promise<readonly (readonly [key: string, value: V])[]>;
}

/** A store that others write: what it holds now, as far as it has been committed. */
export interface ReadonlyStore<V> {
  get(key: string): Promise<V | undefined>;
  /** Values in the order of the keys. */
  getMany(keys: readonly string[]): Promise<readonly (V | undefined)[]>;
  range(range: KeyRange): Promise<readonly (readonly [key: string, value: V])[]>;
}

/** Keys with `from <= key < to`; without bounds all. */
export interface KeyRange {
  readonly from?: string;
  readonly to?: string;
  /** At most so many entries. Default: all. */
  readonly limit?: number;
  /** From the greatest key down. */
  readonly reverse?: boolean;
}

/** How a store is kept; the name is unique in its topology and part of its changelog's name. */
export interface StoreDefinition<V = unknown> {
  readonly name: string;
  readonly valueSerde: Serde<V>;
  /** What a query sees of an entry, where that is not all of it. */
  queriedValueOf?(stored: V): unknown;
  /** Where entries end by themselves: windowed stores. Local entries are purged and changelog records deleted by it. */
  readonly expiry?: Expiry<V>;
  /** `disk` outlives the process, `memory` is rebuilt from the changelog at every start. Default `disk`. */
  readonly kept?: 'disk' | 'memory';
}

export interface Expiry<V> {
  /** Stream time in milliseconds from which the entry may be forgotten. */
  expiresAt(value: V): number;
  /** The longest an entry lives, in milliseconds: the changelog's retention is made from it. */
  readonly retentionMs: number;
}

/** One change of a store, as it goes to the changelog and to the local store. */
export interface StoreChange {
  readonly store: string;
  readonly key: string;
  /** null deletes the key. */
  readonly value: Buffer | null;
  /** Stream time in milliseconds from which the entry may be forgotten; null: never. */
  readonly expiresAt: number | null;
}

/** How far a store's changelog is contained in the local store, by changelog topic: the next offset to read. */
export type Checkpoints = ReadonlyMap<string, number>;

/** Where the stores of one task are kept: in memory or on disk. */
export interface LocalState {
  /** Values in the order of the keys; undefined where there is none. */
  getMany(store: string, keys: readonly string[]): Promise<(Buffer | undefined)[]>;
  /** One value, read on this thread: for what nobody knew would be needed. */
  getSync(store: string, key: string): Buffer | undefined;
  /**
   * Applies changes and checkpoints in one atomic write. Before that it forgets what expired before `streamTime`, maybe
   * not all of it at once.
   */
  apply(changes: readonly StoreChange[], checkpoints: Checkpoints, streamTime: number): Promise<void>;
  checkpoints(): Promise<Checkpoints>;
  /** Entries of a range in the order of their keys (by UTF-8 bytes). */
  range(store: string, range: KeyRange): Promise<readonly (readonly [key: string, value: Buffer])[]>;
  /** Number of entries of a store; counts them, so not for the hot path. */
  size(store: string): Promise<number>;
  /** About how many bytes a store takes; cheap, and may leave out what was written last. */
  bytes(store: string): Promise<number>;
  close(): Promise<void>;
}
