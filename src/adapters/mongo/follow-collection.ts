import { setTimeout as wait } from 'node:timers/promises';
import { type ChangeStream, type ChangeStreamDocument, type Document, Timestamp } from 'mongodb';
import type { Logger } from '../../common/logger.ts';
import type { MongoConnection } from './client.ts';
import { mongoFailure, onMongo } from './failures.ts';

/**
 * Who keeps a small collection in memory. `at` says how much of the server's history a call knows: what it tells is at
 * least as new, and of two copies of one document, also in two processes, the one with the greater `at` is right in the
 * end. A safe integer; always 0 where the server keeps no history.
 */
export interface CollectionCopy {
  /** The whole collection: at the start, and again whenever changes may have been missed. */
  replaceAll(documents: readonly Document[], at: number): void;
  /** A document that was inserted or changed. */
  put(document: Document, at: number): void;
  /** `id` is the `_id` of a document that is gone. */
  remove(id: unknown, at: number): void;
}

export interface FollowOptions {
  readonly connection: MongoConnection;
  readonly collection: string;
  readonly copy: CollectionCopy;
  readonly logger: Logger;
}

/** Keeps a copy up to date from `start` until `close`; while MongoDB is away the copy stays as it is. */
export interface CollectionFollower {
  /**
   * Resolves when the copy holds the collection.
   * @throws DependencyUnavailableError when it cannot be read; nothing is followed then, and it may be called again
   */
  start(): Promise<void>;
  close(): Promise<void>;
}

const firstBackOffMs = 250;
const longestBackOffMs = 5_000;
/** How often a server that has no change streams, being in no replica set, is read anew. */
const pollMs = 2_000;
/** How long the server holds an answer back when nothing changes; closing waits for it. */
const maxAwaitTimeMS = 500;

/** After these a stream says no more. */
const endings: ReadonlySet<string> = new Set(['drop', 'rename', 'dropDatabase', 'invalidate']);

/** Seconds, and a count within the second that stays far below 2^20. */
const placeOf = (time: Timestamp | undefined): number => (time === undefined ? 0 : time.t * 2 ** 20 + time.i);

const apply = (copy: CollectionCopy, change: ChangeStreamDocument): void => {
  const at = placeOf(change.clusterTime);
  if (change.operationType === 'delete') copy.remove(change.documentKey._id, at);
  if (change.operationType === 'insert' || change.operationType === 'replace') copy.put(change.fullDocument, at);
  if (change.operationType !== 'update') return;
  // Looked up when the change is told: where there is no document any more, it was deleted since.
  if (change.fullDocument) copy.put(change.fullDocument, at);
  else copy.remove(change.documentKey._id, at);
};

/**
 * Follows a collection by its change stream. The driver resumes a broken stream by itself; where it cannot, the
 * collection is read anew, again and again with a growing pause, so that nothing is missed for good.
 */
export const followCollection = ({ connection, collection, copy, logger }: FollowOptions): CollectionFollower => {
  const source = connection.database.collection(collection);
  const stopping = new AbortController();
  const { signal } = stopping;
  const isClosed = (): boolean => signal.aborted;
  let stream: ChangeStream | undefined;
  let following: Promise<void> | undefined;
  let backOffMs = firstBackOffMs;
  let isLost = false;

  const lost = (error: unknown): void => {
    if (!isLost) logger.warn({ collection, err: mongoFailure(error) }, 'Collection cannot be followed for now');
    isLost = true;
  };
  const found = (): void => {
    if (isLost) logger.info({ collection }, 'Collection is followed again');
    isLost = false;
    backOffMs = firstBackOffMs;
  };

  /** Reads all, and tells from when on changes count; undefined where the server cannot tell changes. */
  const load = (): Promise<Timestamp | undefined> =>
    onMongo(async () => {
      const { operationTime: told } = await connection.database.command({ ping: 1 });
      const operationTime = told instanceof Timestamp ? told : undefined;
      // A local read holds all that happened up to that time; a majority read may lack what the stream no longer tells.
      const documents = await source.find({}, { readConcern: { level: 'local' } }).toArray();
      copy.replaceAll(documents, placeOf(operationTime));
      if (operationTime === undefined) return undefined;
      return new Timestamp({ t: operationTime.t, i: operationTime.i + 1 });
    });

  const followStream = async (startAtOperationTime: Timestamp): Promise<void> => {
    stream = source.watch([], { startAtOperationTime, fullDocument: 'updateLookup', maxAwaitTimeMS });
    stream.on('resumeTokenChanged', found);
    try {
      for (;;) {
        const change = await stream.next();
        if (endings.has(change.operationType)) return;
        apply(copy, change);
      }
    } finally {
      await stream.close();
    }
  };

  /** Returns when the collection has to be read anew. */
  const follow = async (from: Timestamp | undefined): Promise<void> => {
    if (from !== undefined) return followStream(from);
    await wait(pollMs, undefined, { signal });
    found();
  };

  const pause = async (): Promise<void> => {
    await wait(backOffMs, undefined, { signal }).catch(() => undefined);
    backOffMs = Math.min(backOffMs * 2, longestBackOffMs);
  };

  const run = async (first: Timestamp | undefined): Promise<void> => {
    let from = first;
    let isStale = false;
    while (!isClosed()) {
      try {
        if (isStale) from = await load();
        isStale = true;
        await follow(from);
      } catch (error) {
        if (isClosed()) return;
        lost(error);
        await pause();
      }
    }
  };

  return {
    async start() {
      following = run(await load());
    },
    async close() {
      stopping.abort();
      await stream?.close();
      await following;
    },
  };
};
