import { toError } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { CachedText, TextCache } from './text-cache.ts';

/** Keeps the texts of this process in Redis as well; Redis may be away for as long as it likes. */
export interface TextMirror {
  /** A text is as told from now on. Returns at once and never throws: it is written as soon as Redis takes it. */
  put(text: CachedText): void;
  /** Writes nothing more; resolves when what is being written has its answer. */
  close(): Promise<void>;
}

export interface TextMirrorOptions {
  readonly cache: Pick<TextCache, 'putIfNewer'>;
  readonly logger: Logger;
  /**
   * How often all texts are written again, which Redis may have dropped, or lost with everything else. Milliseconds,
   * 300,000 by default: far below the 24 hours that they live.
   */
  readonly refreshMs?: number;
  /** Before what could not be written is tried again; doubles up to 30,000. Milliseconds, 500 by default. */
  readonly firstBackOffMs?: number;
}

const longestBackOffMs = 30_000;

const nameOf = ({ key, locale }: CachedText): string => `${key}:${locale}`;

export const createTextMirror = (options: TextMirrorOptions): TextMirror => {
  const { cache, logger, refreshMs = 300_000, firstBackOffMs = 500 } = options;
  const texts = new Map<string, CachedText>();
  const unwritten = new Map<string, CachedText>();
  let writing: Promise<void> | undefined;
  let retry: NodeJS.Timeout | undefined;
  let backOffMs = firstBackOffMs;
  let isClosed = false;

  const writeOnce = async (): Promise<void> => {
    const batch = [...unwritten];
    await cache.putIfNewer(batch.map(([, text]) => text));
    backOffMs = firstBackOffMs;
    for (const [name, text] of batch) {
      // It may have changed again meanwhile.
      if (unwritten.get(name) === text) unwritten.delete(name);
      // That there is none need be told once: it is then held as long as any text.
      if (text.value === null && texts.get(name) === text) texts.delete(name);
    }
  };

  /** Nothing is awaited between the last look at what is unwritten and the end: what is put then starts it again. */
  const write = async (): Promise<void> => {
    try {
      while (unwritten.size > 0 && !isClosed) await writeOnce();
    } catch (error) {
      logger.debug({ err: toError(error), texts: unwritten.size }, 'Texts cannot be put into Redis for now');
      retry = setTimeout(startWriting, backOffMs).unref();
      backOffMs = Math.min(2 * backOffMs, longestBackOffMs);
    }
    writing = undefined;
  };

  function startWriting(): void {
    if (writing !== undefined || unwritten.size === 0 || isClosed) return;
    clearTimeout(retry);
    writing = write();
  }

  /** After what is told at the same moment: the whole collection is, when it is read. */
  let isStarting = false;
  const startSoon = (): void => {
    if (isStarting) return;
    isStarting = true;
    queueMicrotask(() => {
      isStarting = false;
      startWriting();
    });
  };

  const refreshing = setInterval(() => {
    for (const [name, text] of texts) unwritten.set(name, text);
    startWriting();
  }, refreshMs).unref();

  return {
    put(text) {
      texts.set(nameOf(text), text);
      unwritten.set(nameOf(text), text);
      startSoon();
    },
    async close() {
      isClosed = true;
      clearInterval(refreshing);
      await writing;
      clearTimeout(retry);
    },
  };
};
