import { type RedisConnection, redisFailure } from './client.ts';
import { assertAllDone } from './pipeline.ts';
import { loadScript, runScript } from './script.ts';

/** A text of the `translations` collection, or that it has none. */
export interface CachedText {
  /** Of the message, e.g. `points.earned`. */
  readonly key: string;
  /** BCP 47 tag. */
  readonly locale: string;
  /** ICU MessageFormat text; null: the collection has none. */
  readonly value: string | null;
  readonly version: number;
  /** How much of the collection's history is known: a text replaces one that knows less or as much. */
  readonly at: number;
}

/** Texts in Redis, for every process and for other services. */
export interface TextCache {
  /**
   * What is held of a message in these locales: null where it is known that the collection has no text; a locale that
   * nothing is known of is left out.
   * @throws DependencyUnavailableError
   */
  read(key: string, locales: readonly string[]): Promise<ReadonlyMap<string, string | null>>;
  /** @throws DependencyUnavailableError where one could not be written; the others may be */
  putIfNewer(texts: readonly CachedText[]): Promise<void>;
}

export interface TextCacheOptions {
  readonly connection: RedisConnection;
  /** 86,400 by default. */
  readonly timeToLiveSeconds?: number;
}

const setIfNewer = loadScript(new URL('./set-text-if-newer.lua', import.meta.url));

/** More at once would be a command that takes long, and those are given up. */
const perRoundTrip = 500;

const cacheKey = ({ key, locale }: Pick<CachedText, 'key' | 'locale'>): string => `translations:${key}:${locale}`;

/** The text of a held value, null for none; undefined where the value is not one of ours. */
const valueOf = (held: string): string | null | undefined => {
  try {
    const parsed: unknown = JSON.parse(held);
    if (typeof parsed !== 'object' || parsed === null || !('value' in parsed)) return undefined;
    return typeof parsed.value === 'string' || parsed.value === null ? parsed.value : undefined;
  } catch {
    // As good as absent, and overwritten by the next text.
    return undefined;
  }
};

/**
 * Texts in Redis, `translations:{key}:{locale}` → `{"value":"{points, plural, …}","version":3,"at":…}`, for 24 hours. That
 * a text was removed is held the same way, as a null, so that a reader who was slow does not bring it back.
 */
export const createTextCache = ({ connection, timeToLiveSeconds = 86_400 }: TextCacheOptions): TextCache => ({
  async read(key, locales) {
    if (locales.length === 0) return new Map();
    try {
      const held = await connection.client.mget(locales.map((locale) => cacheKey({ key, locale })));
      const known = locales.map((locale, index) => [locale, valueOf(held[index] ?? '')] as const);
      return new Map(known.flatMap(([locale, value]) => (value === undefined ? [] : [[locale, value]])));
    } catch (error) {
      throw redisFailure(connection, error);
    }
  },
  async putIfNewer(texts) {
    for (let from = 0; from < texts.length; from += perRoundTrip) {
      const calls = texts.slice(from, from + perRoundTrip).map((text) => {
        const { value, version, at } = text;
        return { key: cacheKey(text), args: [at, JSON.stringify({ value, version, at }), timeToLiveSeconds] };
      });
      assertAllDone(connection, await runScript(connection, setIfNewer, calls));
    }
  },
});
