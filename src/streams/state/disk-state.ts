import { mkdir, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ClassicLevel } from 'classic-level';
import type { Logger } from '../../common/logger.ts';
import type { Checkpoints, LocalState, StoreChange } from './store.ts';

/** Expired entries forgotten with one commit at most, so that a commit after a long pause stays short. */
const maxPurgedPerCommit = 2_000;

const timeDigits = 15;
const prefixes = { data: 'd', expiry: 'x', checkpoint: 'c' } as const;
const dataKey = (store: string, key: string): string => `${prefixes.data}!${store}!${key}`;
/** Ordered by time first: what expires next is read from the front. */
const expiryKey = (expiresAt: number, store: string, key: string): string =>
  `${prefixes.expiry}!${String(expiresAt).padStart(timeDigits, '0')}!${store}!${key}`;
const checkpointKey = (topic: string): string => `${prefixes.checkpoint}!${topic}`;
const after = (prefix: string): string => `${prefix}"`;

/** Every entry begins with its expiry, so that purging an old index entry never takes a key written again since. */
const expiryBytes = 8;
const entryOf = (value: Buffer, expiresAt: number | null): Buffer => {
  const entry = Buffer.allocUnsafe(expiryBytes + value.length);
  entry.writeDoubleBE(expiresAt ?? 0, 0);
  value.copy(entry, expiryBytes);
  return entry;
};

type Level = ClassicLevel<string, Buffer>;
type Operation = { type: 'put'; key: string; value: Buffer } | { type: 'del'; key: string };

/**
 * Stores on disk in LevelDB, all of a task in one database, so that one atomic write holds the changes of every store
 * and the changelog checkpoint. LevelDB was chosen over LMDB because our access is batched (one getMany and one write
 * a micro-batch) and its memory is bounded, where a memory map counts in the resident size.
 */
export class DiskState implements LocalState {
  readonly #level: Level;

  private constructor(level: Level) {
    this.#level = level;
  }

  /**
   * Opens the folder, making it where it does not exist. A store that cannot be read is set aside under another name
   * and begun anew: the changelog holds everything that is in it.
   */
  static async open(folder: string, logger: Logger): Promise<DiskState> {
    await mkdir(dirname(folder), { recursive: true });
    try {
      return new DiskState(await openLevel(folder));
    } catch (error) {
      if (!isCorruption(error)) throw error;
      const aside = `${folder}.corrupt-${String(process.pid)}-${String(process.hrtime.bigint())}`;
      await rename(folder, aside);
      logger.warn(
        { err: error, folder, aside },
        'A corrupt state store was set aside and is rebuilt from its changelog',
      );
      return new DiskState(await openLevel(folder));
    }
  }

  async getMany(store: string, keys: readonly string[]): Promise<(Buffer | undefined)[]> {
    const found = await this.#level.getMany(keys.map((key) => dataKey(store, key)));
    return found.map((entry) => entry?.subarray(expiryBytes));
  }

  async apply(changes: readonly StoreChange[], checkpoints: Checkpoints, streamTime: number): Promise<void> {
    const operations: Operation[] = await this.#expired(streamTime);
    for (const { store, key, value, expiresAt } of changes) {
      if (value === null) {
        operations.push({ type: 'del', key: dataKey(store, key) });
        continue;
      }
      operations.push({ type: 'put', key: dataKey(store, key), value: entryOf(value, expiresAt) });
      if (expiresAt !== null) {
        operations.push({ type: 'put', key: expiryKey(expiresAt, store, key), value: Buffer.alloc(0) });
      }
    }
    for (const [topic, offset] of checkpoints) {
      operations.push({ type: 'put', key: checkpointKey(topic), value: Buffer.from(String(offset)) });
    }
    // Not synced to the disk: what a power loss takes is caught up from the changelog behind the checkpoint.
    await this.#level.batch(operations);
  }

  async checkpoints(): Promise<Checkpoints> {
    const range = { gte: `${prefixes.checkpoint}!`, lt: after(prefixes.checkpoint) };
    const found = await this.#level.iterator(range).all();
    return new Map(found.map(([key, value]) => [key.slice(2), Number(value.toString())]));
  }

  async size(store: string): Promise<number> {
    let count = 0;
    const prefix = dataKey(store, '');
    for await (const _key of this.#level.keys({ gte: prefix, lt: `${prefix.slice(0, -1)}"` })) count += 1;
    return count;
  }

  async close(): Promise<void> {
    await this.#level.close();
  }

  /** Deletes what has expired; a key that was written again since, with a later expiry, stays. */
  async #expired(streamTime: number): Promise<Operation[]> {
    const upTo = expiryKey(Math.max(0, streamTime), '', '');
    const due = await this.#level.keys({ gte: `${prefixes.expiry}!`, lt: upTo, limit: maxPurgedPerCommit }).all();
    if (due.length === 0) return [];
    const dataKeys = due.map((indexKey) => `${prefixes.data}!${indexKey.slice(2 + timeDigits + 1)}`);
    const entries = await this.#level.getMany(dataKeys);
    return due.flatMap((indexKey, index): Operation[] => {
      const indexed: Operation = { type: 'del', key: indexKey };
      const entry = entries[index];
      const dataKeyOfIndex = dataKeys[index];
      if (entry === undefined || dataKeyOfIndex === undefined) return [indexed];
      const current = entry.readDoubleBE(0) === Number(indexKey.slice(2, 2 + timeDigits));
      return current ? [indexed, { type: 'del', key: dataKeyOfIndex }] : [indexed];
    });
  }
}

async function openLevel(folder: string): Promise<Level> {
  const level: Level = new ClassicLevel(folder, { keyEncoding: 'utf8', valueEncoding: 'buffer' });
  await level.open();
  return level;
}

/** What LevelDB says of a folder that it made and that lacks one of its files: an IO error like that of a full disk. */
const isMissingFile = (error: Error): boolean => error.message.endsWith('No such file or directory');

const isCorruption = (thrown: unknown): boolean => {
  if (!(thrown instanceof Error)) return false;
  const isCorrupt = 'code' in thrown && thrown.code === 'LEVEL_CORRUPTION';
  return isCorrupt || isMissingFile(thrown) || isCorruption(thrown.cause);
};
