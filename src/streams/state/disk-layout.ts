import type { KeyRange } from './store.ts';

/**
 * Keys on disk: `d!<store>!<key>` entries, `c!<topic>` checkpoints, `m!` what the state knows of itself. Names of stores
 * and topics have no `!`, and everything that begins with `p!` lies between `p!` and `p"`, the next byte after `!`.
 * Whatever a key holds comes last, so that it can end nothing.
 */
const prefixes = { entry: 'd!', checkpoint: 'c!' } as const;
const endOf = (prefix: string): string => `${prefix.slice(0, -1)}"`;

export const metaKey = 'm!';

export const storePrefix = (store: string): string => `${prefixes.entry}${store}!`;
export const entryKey = (store: string, key: string): string => `${prefixes.entry}${store}!${key}`;

export interface LevelRange {
  readonly gte: string;
  readonly lt: string;
  readonly limit: number;
  readonly reverse: boolean;
}

/** LevelDB's word for no limit. */
const unlimited = -1;
const everything = (prefix: string): LevelRange => ({
  gte: prefix,
  lt: endOf(prefix),
  limit: unlimited,
  reverse: false,
});

export const storeRange = (store: string, range: KeyRange = {}): LevelRange => {
  const prefix = storePrefix(store);
  return {
    gte: prefix + (range.from ?? ''),
    lt: range.to === undefined ? endOf(prefix) : prefix + range.to,
    limit: range.limit ?? unlimited,
    reverse: range.reverse ?? false,
  };
};

export const allEntries: LevelRange = everything(prefixes.entry);
/** The store an entry belongs to. */
export const storeOf = (key: string): string =>
  key.slice(prefixes.entry.length, key.indexOf('!', prefixes.entry.length));
/** Everything behind a store's entries. */
export const behindStore = (store: string): LevelRange => ({ ...allEntries, gte: endOf(storePrefix(store)) });

export const allCheckpoints: LevelRange = everything(prefixes.checkpoint);
export const checkpointKey = (topic: string): string => prefixes.checkpoint + topic;
export const topicOf = (key: string): string => key.slice(prefixes.checkpoint.length);
