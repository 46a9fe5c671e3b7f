import type { Logger } from '../../common/logger.ts';
import { allCheckpoints, checkpointKey, entryKey, metaKey, storePrefix, storeRange, topicOf } from './disk-layout.ts';
import { encodeMeta } from './disk-meta.ts';
import { encodeEntry, expiryOf, liveValueOf } from './entry.ts';
import { ExpirySweep } from './expiry-sweep.ts';
import { type Level, type OpenedLevel, openLevel } from './open-level.ts';
import { retain } from './retain.ts';
import type { Checkpoints, KeyRange, LocalState, StoreChange } from './store.ts';

/** Entries looked through for expired ones with one commit, so that a commit after a long pause stays short. */
const sweep = { fewest: 256, most: 2_000, perChange: 4 } as const;

/** Bytes that LevelDB reads ahead for an iterator. */
const highWaterMarkBytes = 256 * 1024;

/**
 * Stores on disk in LevelDB, all of a task in one database, so that one atomic write holds the changes of every store
 * and the changelog checkpoint. LevelDB was chosen over LMDB because our access is batched (one getMany and one write
 * a micro-batch), and both are done by other threads while this one goes on.
 */
export class DiskState implements LocalState {
  readonly #level: Level;
  readonly #sweep: ExpirySweep;
  #streamTime: number;

  private constructor({ level, meta }: OpenedLevel) {
    this.#level = level;
    this.#sweep = new ExpirySweep(meta?.sweep);
    this.#streamTime = meta?.streamTime ?? 0;
  }

  /**
   * Opens the folder, making it where it does not exist. A store that cannot be read is set aside under another name
   * and begun anew: the changelog holds everything that is in it.
   */
  static async open(folder: string, logger: Logger): Promise<DiskState> {
    return new DiskState(await openLevel(folder, logger));
  }

  async getMany(store: string, keys: readonly string[]): Promise<(Buffer | undefined)[]> {
    const found = await this.#level.getMany(keys.map((key) => entryKey(store, key)));
    return found.map((entry) => (entry === undefined ? undefined : liveValueOf(entry, this.#streamTime)));
  }

  getSync(store: string, key: string): Buffer | undefined {
    const entry = this.#level.getSync(entryKey(store, key));
    return entry === undefined ? undefined : liveValueOf(entry, this.#streamTime);
  }

  async range(store: string, range: KeyRange): Promise<readonly (readonly [key: string, value: Buffer])[]> {
    const keyFrom = storePrefix(store).length;
    const limit = range.limit ?? Infinity;
    const found: (readonly [key: string, value: Buffer])[] = [];
    if (limit <= 0) return found;
    // No limit for LevelDB: it would count entries that have expired.
    const { limit: _ours, ...bounds } = storeRange(store, range);
    for await (const [key, entry] of this.#level.iterator({ ...bounds, highWaterMarkBytes })) {
      const value = liveValueOf(entry, this.#streamTime);
      if (value === undefined) continue;
      found.push([key.slice(keyFrom), value]);
      if (found.length >= limit) break;
    }
    return found;
  }

  async apply(changes: readonly StoreChange[], checkpoints: Checkpoints, streamTime: number): Promise<void> {
    this.#streamTime = Math.max(this.#streamTime, streamTime);
    const expired = await this.#expired(changes.length);
    const batch = this.#level.batch();
    for (const key of expired) batch.del(key);
    for (const { store, key, value, expiresAt } of changes) {
      if (value === null) {
        batch.del(entryKey(store, key));
        continue;
      }
      batch.put(entryKey(store, key), encodeEntry(value, expiresAt));
      if (expiresAt !== null) this.#sweep.onWritten(store, expiresAt);
    }
    for (const [topic, offset] of checkpoints) batch.put(checkpointKey(topic), Buffer.from(String(offset)));
    batch.put(metaKey, encodeMeta({ streamTime: this.#streamTime, sweep: this.#sweep.state }));
    // Not synced to the disk: what a power loss takes is caught up from the changelog behind the checkpoint.
    await batch.write();
  }

  async checkpoints(): Promise<Checkpoints> {
    const found = await this.#level.iterator(allCheckpoints).all();
    return new Map(found.map(([key, value]) => [topicOf(key), Number(value.toString())]));
  }

  /**
   * Forgets all but these stores, by name with the topic of their changelog, and also those of them that have no
   * checkpoint.
   */
  async retain(changelogs: ReadonlyMap<string, string>): Promise<void> {
    await retain(this.#level, changelogs);
  }

  async size(store: string): Promise<number> {
    let count = 0;
    for await (const entry of this.#level.values({ ...storeRange(store), highWaterMarkBytes })) {
      if (expiryOf(entry) >= this.#streamTime) count += 1;
    }
    return count;
  }

  async bytes(store: string): Promise<number> {
    const { gte, lt } = storeRange(store);
    return this.#level.approximateSize(gte, lt);
  }

  async close(): Promise<void> {
    await this.#level.close();
  }

  #expired(changes: number): Promise<readonly string[]> {
    const limit = Math.min(sweep.most, Math.max(sweep.fewest, changes * sweep.perChange));
    return this.#sweep.walk(this.#streamTime, limit, (range) => this.#level.iterator({ ...range, highWaterMarkBytes }));
  }
}
