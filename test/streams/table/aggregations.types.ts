// Not run: the compiler checks it. Each line below an @ts-expect-error must be an error, or the compiler says so.
import {
  Consumed,
  Grouped,
  jsonSerde,
  type KTable,
  longSerde,
  Materialized,
  Produced,
  StreamsBuilder,
  stringSerde,
  Suppressed,
  TimeWindows,
  type Windowed,
  windowedSerde,
} from '../../../src/streams/index.ts';

interface Order {
  readonly customer: string;
  readonly total: number;
}

const orderSerde = jsonSerde<Order>();
const numberSerde = jsonSerde<number>();
const orders = new StreamsBuilder('types').stream('orders', Consumed.with(orderSerde));
const windows = TimeWindows.ofSizeAndGrace(1_000, 100).advanceBy(500);

// What fits, fits.
const grouped = orders.groupByKey();
const byTotal = orders.groupBy(({ value }) => value.total, Grouped.withKey(numberSerde, orderSerde));
export const counts: KTable<string, number> = grouped.count();
export const countsByTotal: KTable<number, number> = byTotal.count(Materialized.as('by-total', numberSerde));
export const greatest: KTable<string, Order> = grouped.reduce((a, b) => (a.total > b.total ? a : b));
export const lists: KTable<string, string[]> = grouped.aggregate(
  () => [] as string[],
  (key, order, list) => [...list, key, order.customer],
  Materialized.with(jsonSerde<string[]>()),
);
export const deleted: KTable<string, Order> = grouped.reduce((a, b) => (b.total === 0 ? null : a));
const windowed: KTable<Windowed<string>, number> = grouped
  .windowedBy(windows, {
    onLate: (record, window, streamTime) => {
      [record.value.total, window.end, streamTime].at(0)?.toFixed();
    },
  })
  .count({ retentionMs: 10_000 });
windowed
  .suppress(Suppressed.untilWindowCloses())
  .toStream()
  .to('out', Produced.withKey(windowedSerde(stringSerde, windows.sizeMs), longSerde));
windowed
  .filter((count, key) => count > key.window.start)
  .mapValues(String)
  .suppress(Suppressed.untilWindowCloses({ name: 'final', valueSerde: stringSerde }));
// Records that may have no value are grouped by those that have one.
export const present: KTable<string, number> = counts
  .toStream()
  .groupByKey(Grouped.with(numberSerde))
  .reduce((a, b) => a + b);

// @ts-expect-error -- only tables of windows have windows that close
counts.suppress(Suppressed.untilWindowCloses());
// @ts-expect-error -- a table whose keys are numbers has none either
countsByTotal.suppress(Suppressed.untilWindowCloses());
// @ts-expect-error -- results of another type than the serde's
windowed.suppress(Suppressed.untilWindowCloses({ valueSerde: stringSerde }));
// @ts-expect-error -- a key of numbers, and a serde for texts
orders.groupBy(({ value }) => value.total, Grouped.with(orderSerde));
// @ts-expect-error -- another key needs to be told how it is written
orders.groupBy(({ value }) => value.customer);
// @ts-expect-error -- a grouping that writes orders as numbers
orders.groupByKey(Grouped.with(numberSerde));
// @ts-expect-error -- what is reduced stays an order
grouped.reduce((a, b) => a.total + b.total);
// @ts-expect-error -- an aggregate needs a serde
grouped.aggregate(
  () => 0,
  (_key, order, total) => total + order.total,
);
grouped.aggregate(
  () => 0,
  // @ts-expect-error -- the aggregator makes texts of numbers
  (key, order, total) => `${key}${String(order.total)}${String(total)}`,
  Materialized.with(numberSerde),
);
// @ts-expect-error -- a count kept by a serde for texts
grouped.count(Materialized.with(stringSerde));
// @ts-expect-error -- an order has no such field
grouped.windowedBy(windows, { onLate: (record) => record.value.amount });
// @ts-expect-error -- windows are made by ofSizeAndGrace and ofSizeWithNoGrace
grouped.windowedBy(1_000);
// @ts-expect-error -- how long windows are kept is nothing for a table without windows
grouped.count({ retentionMs: 1_000 });
// @ts-expect-error -- a windowed key is not written by the serde of its key
windowed.toStream().to('out', Produced.with(longSerde));
