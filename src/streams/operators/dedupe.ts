import { toError } from '../../common/errors.ts';
import type { StreamRecord } from '../record.ts';
import type { StoreDefinition } from '../state/store.ts';
import type { Processor } from '../topology/nodes.ts';
import { processBatch } from './process-batch.ts';

export interface DedupeOptions<K, V, S> {
  /** Remembers keys for the window; its entries expire as `remember` says. */
  readonly store: StoreDefinition<S>;
  /** What makes two records the same happening. */
  readonly keyOf: (record: StreamRecord<K, V>) => string;
  /** When it happened, in milliseconds since the epoch, by the record itself. */
  readonly occurredAt: (record: StreamRecord<K, V>) => number;
  /** How long a key is remembered, in milliseconds of stream time. */
  readonly windowMs: number;
  /** The store's entry for the key of a record, which may be forgotten at `expiresAt`. */
  readonly remember: (expiresAt: number, record: StreamRecord<K, V>) => S;
  /**
   * Of records older than the window, the keys of those that were applied before: the store may have forgotten them.
   * One call a micro-batch, with the stream time as it is. When it rejects, these records fail with that error and the
   * others go on.
   */
  readonly appliedBefore: (records: readonly StreamRecord<K, V>[], streamTime: number) => Promise<ReadonlySet<string>>;
  /** Told of every record that is dropped, once that is committed. */
  readonly onDuplicate?: (record: StreamRecord<K, V>) => void;
}

/**
 * Lets the first record of a key through and drops the rest.
 *
 * The store answers for what happened within the window. A key is remembered until a window after it was read *and*
 * after it happened, whichever is later, so a record whose happening is younger than the window cannot have been
 * forgotten, also when its sender's clock is ahead. Anything older is looked up elsewhere.
 */
export const dedupe = <K, V, S>(name: string, options: DedupeOptions<K, V, S>): Processor<K, V, K, V> => {
  const { store, keyOf, occurredAt, windowMs } = options;
  return processBatch<K, V, K, V>(name, {
    stores: [store],
    keepsKey: true,
    create: (context) => {
      const seen = context.store(store);
      return async (records) => {
        await seen.load(records.map(keyOf));
        const older = records.filter((record) => occurredAt(record) + windowMs <= context.streamTime());
        const history = await lookUp(older, () => options.appliedBefore(older, context.streamTime()));
        const unknown = new Set(history.error === null ? [] : older);

        const fresh: StreamRecord<K, V>[] = [];
        for (const record of records) {
          const key = keyOf(record);
          if (seen.get(key) !== undefined || history.applied.has(key)) {
            context.afterCommit(() => options.onDuplicate?.(record));
          } else if (unknown.has(record)) {
            context.fail(record, history.error);
          } else {
            seen.put(key, options.remember(Math.max(record.timestamp, occurredAt(record)) + windowMs, record));
            fresh.push(record);
          }
        }
        return fresh;
      };
    },
  });
};

async function lookUp(
  older: readonly unknown[],
  appliedBefore: () => Promise<ReadonlySet<string>>,
): Promise<{ applied: ReadonlySet<string>; error: Error | null }> {
  if (older.length === 0) return { applied: new Set(), error: null };
  try {
    return { applied: await appliedBefore(), error: null };
  } catch (error) {
    return { applied: new Set(), error: toError(error) };
  }
}
