import { type StreamRecord, withValue } from '../record.ts';
import type { ProcessorContext } from '../topology/nodes.ts';
import type { ValueJoiner } from './value-joiner.ts';

type WithValue<K, V> = StreamRecord<K, NonNullable<V>>;

export interface Lookup<K, V, VT, R> {
  /** The node's name. */
  readonly name: string;
  /** What a record is looked up by, as the store writes it; null: there is nothing to look up. */
  readonly storeKeyOf: (record: WithValue<K, V>) => string | null;
  /** Reads all of these keys at once. @returns what a key has, undefined where the table has nothing */
  readonly load: (
    storeKeys: readonly string[],
  ) => Promise<(storeKey: string, record: WithValue<K, V>) => VT | undefined>;
  readonly joiner: ValueJoiner<K, NonNullable<V>, VT | undefined, R>;
  /** Whether a record goes on that finds nothing. */
  readonly isLeft: boolean;
}

/**
 * Joins the records of a micro-batch with a table, with one look-up for all of them. As in Kafka Streams, a record
 * without a value joins nothing and is dropped; one that has nothing to be looked up by is dropped too, unless it may
 * go on without a match.
 */
export async function joinRecords<K, V, VT, R>(
  context: Pick<ProcessorContext, 'fail' | 'logger'>,
  records: readonly StreamRecord<K, V>[],
  { name, storeKeyOf, load, joiner, isLeft }: Lookup<K, V, VT, R>,
): Promise<readonly StreamRecord<K, R>[]> {
  const wanted: { readonly record: WithValue<K, V>; readonly storeKey: string | null }[] = [];
  for (const record of records) {
    try {
      const storeKey = hasValue(record) ? storeKeyOf(record) : null;
      if (hasValue(record) && (storeKey !== null || isLeft)) {
        wanted.push({ record, storeKey });
      } else {
        const { topic, partition, offset } = record.source;
        context.logger.warn(
          { node: name, topic, partition, offset },
          'A record has no value or no key to join by, and is dropped',
        );
      }
    } catch (error) {
      context.fail(record, error);
    }
  }
  const find = await load([...new Set(wanted.flatMap(({ storeKey }) => storeKey ?? []))]);
  const joined: StreamRecord<K, R>[] = [];
  for (const { record, storeKey } of wanted) {
    try {
      const found = storeKey === null ? undefined : find(storeKey, record);
      if (found !== undefined || isLeft) joined.push(withValue(record, joiner(record.value, found, record.key)));
    } catch (error) {
      context.fail(record, error);
    }
  }
  return joined;
}

const hasValue = <K, V>(record: StreamRecord<K, V>): record is WithValue<K, V> =>
  record.value !== null && record.value !== undefined;
