import { LRUCache } from 'lru-cache';
import {
  createTranslationCatalogue,
  type MongoConnection,
  type TranslationCatalogue,
} from '../adapters/mongo/index.ts';
import { createTextCache, createTextMirror, type RedisConnection } from '../adapters/redis/index.ts';
import type { Clock } from '../common/clock.ts';
import { toError } from '../common/errors.ts';
import type { Logger } from '../common/logger.ts';
import { createMessages, defaultMessages, localeChain, type MessageKey, type Messages } from '../domain/index.ts';
import type { Metrics } from './metrics/metrics.ts';

/** The sentences of a process, wherever their texts can be had from. */
export interface Texts {
  /**
   * Renders at once, from memory. Once the collection has been read, that is all of it, kept up to date by its change
   * stream; until then what `prepare` found in Redis, and the built-in texts for the rest.
   */
  readonly messages: Messages;
  /** Brings what a sentence may need into memory, as far as that can be had within a command's time. Never fails. */
  prepare(key: MessageKey, locale: string, merchantDefaultLocale: string): Promise<void>;
  /**
   * Reads the collection and follows it from then on, and keeps what it says in Redis for others.
   * @throws DependencyUnavailableError when it cannot be read; it may be called again
   */
  follow(connection: MongoConnection): Promise<void>;
  /** Whether the collection has been read. */
  readonly areFollowed: boolean;
  close(): Promise<void>;
}

export interface TextsOptions {
  /** The Redis that may evict. */
  readonly redis: RedisConnection;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'errors'>;
}

/** Texts out of Redis that are kept, and for how long: only while the collection cannot be read. */
const remembered = { max: 1_000, ttl: 30_000 } as const;

/** A Redis that did not answer is left alone for so long. */
const awayMs = 1_000;

/** A text that cannot be used would be told with every record. */
const quietMs = 60_000;
const quietTexts = 1_000;

/** What Redis says of a text: null, the collection has none; undefined, Redis knows nothing. */
interface Known {
  readonly value: string | null | undefined;
}

const builtIn = (key: MessageKey, locale: string): string | undefined =>
  (defaultMessages[key] as Readonly<Record<string, string>>)[locale];

/**
 * Texts from the collection in memory, else from Redis, else the built-in ones. Reading never waits for MongoDB: Redis
 * serves a process that starts while MongoDB is away.
 */
export function createTexts({ redis, logger, clock, metrics }: TextsOptions): Texts {
  const cache = createTextCache({ connection: redis });
  const mirror = createTextMirror({ cache, logger });
  let following: TranslationCatalogue | undefined;
  let catalogue: TranslationCatalogue | undefined;
  const found = new LRUCache<string, Known>({ ...remembered, ttlResolution: 0, perf: clock });
  const told = new LRUCache<string, true>({ max: quietTexts, ttl: quietMs, ttlResolution: 0, perf: clock });

  const lookup = (key: MessageKey, locale: string): string | undefined => {
    if (catalogue !== undefined) return catalogue.lookup(key, locale);
    const known = found.get(`${key}:${locale}`)?.value;
    return known === null ? undefined : (known ?? builtIn(key, locale));
  };

  const messages = createMessages(lookup, {
    onUnusable: (key, locale, reason) => {
      metrics.errors.inc({ error_type: 'TRANSLATION_UNUSABLE' });
      const id = `${key}:${locale}:${reason}`;
      if (told.has(id)) return;
      told.set(id, true);
      logger.warn({ key, locale, reason }, 'A translation cannot be used and is passed over');
    },
  });

  return {
    messages,
    async prepare(key, locale, merchantDefaultLocale) {
      if (catalogue !== undefined) return;
      const unknown = localeChain(locale, merchantDefaultLocale).filter((one) => !found.has(`${key}:${one}`));
      if (unknown.length === 0) return;
      try {
        const values = await cache.read(key, unknown);
        for (const one of unknown) found.set(`${key}:${one}`, { value: values.get(one) });
      } catch (error) {
        logger.debug({ err: toError(error), key }, 'Texts cannot be had from Redis');
        for (const one of unknown) found.set(`${key}:${one}`, { value: undefined }, { ttl: awayMs });
      }
    },
    async follow(connection) {
      following ??= createTranslationCatalogue({ connection, logger, onText: (text) => mirror.put(text) });
      await following.start();
      catalogue = following;
    },
    get areFollowed() {
      return catalogue !== undefined;
    },
    async close() {
      await following?.close();
      await mirror.close();
    },
  };
}
