import { TopologyError } from '../errors.ts';
import type { StreamRecord } from '../record.ts';
import { windowedKey } from '../state/windowed-key.ts';
import { aggregateTable } from '../table/aggregate-table.ts';
import type { Aggregation, AggregateSlot, Aggregator, Initializer, Reducer } from '../table/aggregation.ts';
import { aggregating, counting, reducing } from '../table/aggregations.ts';
import type { GroupSource } from '../table/group-source.ts';
import type { KTable } from '../table/ktable.ts';
import { type Materialized, storeKeyOf } from '../table/materialized.ts';
import type { ProcessorContext } from '../topology/nodes.ts';
import { type LateRecordHook, lateRecords } from './late-records.ts';
import type { TimeWindows, Windowed } from './time-windows.ts';
import { windowedSerde } from './windowed-serde.ts';

export interface WindowOptions<K, V> {
  readonly onLate?: LateRecordHook<K, V>;
}

/** How windows are kept. */
export interface WindowMaterialized<A> extends Materialized<A> {
  /**
   * How long a window can be read, in milliseconds of stream time from its start; at least its size and grace, which is
   * the default. It takes no records for longer by that.
   */
  readonly retentionMs?: number;
}

/**
 * A grouped stream, to be aggregated in windows of the records' timestamps. As `KGroupedStream`, with one change for each
 * window a record belongs to, the earliest first.
 *
 * Whether a window is closed is judged by the task's stream time when the record was read, that is by all records of the
 * task, those included that were filtered out before or failed; a restart does not set it back.
 */
export class TimeWindowedKStream<K, V> {
  readonly #source: GroupSource<K, V>;
  readonly #windows: TimeWindows;
  readonly #options: WindowOptions<K, V>;

  /** Made by `KGroupedStream.windowedBy`. */
  constructor(source: GroupSource<K, V>, windows: TimeWindows, options: WindowOptions<K, V>) {
    this.#source = source;
    this.#windows = windows;
    this.#options = options;
  }

  /** As `KGroupedStream.count`, for each window. */
  count(materialized: Partial<WindowMaterialized<number>> = {}, name?: string): KTable<Windowed<K>, number> {
    return this.#table(counting(materialized.valueSerde), materialized, name);
  }

  /** As `KGroupedStream.reduce`, for each window. */
  reduce(
    reducer: Reducer<V>,
    materialized: Partial<WindowMaterialized<V>> = {},
    name?: string,
  ): KTable<Windowed<K>, V> {
    return this.#table(reducing(this.#source, reducer, materialized.valueSerde), materialized, name);
  }

  /** As `KGroupedStream.aggregate`, for each window. */
  aggregate<A>(
    initializer: Initializer<A>,
    aggregator: Aggregator<K, V, A>,
    materialized: WindowMaterialized<A>,
    name?: string,
  ): KTable<Windowed<K>, A> {
    return this.#table(aggregating(initializer, aggregator, materialized.valueSerde), materialized, name);
  }

  #table<A>(
    aggregation: Aggregation<K, V, A>,
    materialized: Partial<WindowMaterialized<A>>,
    name: string | undefined,
  ): KTable<Windowed<K>, A> {
    const source = this.#source;
    const windows = this.#windows;
    const keySerde = windowedSerde(source.keySerde, windows.sizeMs);
    const retentionMs = this.#retentionOf(materialized);
    return aggregateTable<K, V, A, Windowed<K>>({
      ...{ source, aggregation, materialized, name, keySerde, windows },
      expiry: { expiresAt: ({ windowStart }) => windowStart + retentionMs, retentionMs },
      storeKeyOf: (key) => this.#storeKeyOf(key),
      slotsIn: (context, node) => this.#slotsIn(context, node),
    });
  }

  #storeKeyOf({ key, window }: Windowed<K>): string {
    return windowedKey(storeKeyOf(this.#source.keySerde, key), window.start);
  }

  #slotsIn(
    context: ProcessorContext,
    node: string,
  ): (record: StreamRecord<K, V>) => readonly AggregateSlot<Windowed<K>>[] {
    const windows = this.#windows;
    const onLate = lateRecords(context, node, this.#options.onLate);
    return (record) => {
      const streamTime = context.streamTimeAt(record);
      return windows.windowsFor(timestampOf(record)).flatMap((window) => {
        if (windows.isClosed(window, streamTime)) {
          onLate(record, window, streamTime);
          return [];
        }
        const key: Windowed<K> = { key: record.key, window };
        return [{ key, storeKey: this.#storeKeyOf(key), windowStart: window.start }];
      });
    };
  }

  #retentionOf({ name, retentionMs }: Partial<WindowMaterialized<unknown>>): number {
    const { sizeMs, graceMs } = this.#windows;
    const least = sizeMs + graceMs;
    if (retentionMs === undefined) return least;
    if (Number.isSafeInteger(retentionMs) && retentionMs >= least) return retentionMs;
    throw new TopologyError(this.#source.nodes.topology, [
      `the retention of ${name ?? 'a window store'} is ${String(retentionMs)} ms, and size and grace are ${String(least)} ms`,
    ]);
  }
}

/** Kafka knows no time before the epoch, and none has a window. */
function timestampOf({ timestamp }: StreamRecord<unknown, unknown>): number {
  if (Number.isSafeInteger(timestamp) && timestamp >= 0) return timestamp;
  throw new RangeError(`A record with the timestamp ${String(timestamp)} belongs to no window`);
}
