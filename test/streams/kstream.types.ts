// Not run: the compiler checks it. Each line below an @ts-expect-error must be an error, or the compiler says so.
import { filter, map } from 'rxjs';
import {
  Consumed,
  jsonSerde,
  perRecord,
  processBatch,
  Produced,
  type StreamRecord,
  StreamsBuilder,
  stringSerde,
  withValue,
} from '../../src/streams/index.ts';

interface Order {
  readonly id: string;
  readonly total: number;
}
interface Points {
  readonly points: number;
}

const orderSerde = jsonSerde<Order>();
const pointsSerde = jsonSerde<Points>();
const numberSerde = jsonSerde<number>();
const orders = new StreamsBuilder('types').stream('orders', Consumed.with(orderSerde));

const toPoints = perRecord<string, Order, string, Points>('to-points', (record) => [
  withValue(record, { points: record.value.total }),
]);
const double = perRecord<string, Points, string, Points>('double', (record) => [
  withValue(record, { points: record.value.points * 2 }),
]);

// What fits, fits: named steps, RxJS operators, and both in one pipe.
orders.pipe(toPoints, double).to('points', Produced.with(pointsSerde));
orders.pipe(
  filter(({ value }: StreamRecord<string, Order>) => value.total > 0),
  map((record: StreamRecord<string, Order>) => withValue(record, record.value.total)),
);
orders.mapValues((order) => order.total).to('totals', Produced.with(numberSerde));
orders.selectKey(({ value }) => value.total).to('by-total', Produced.withKey(numberSerde, orderSerde));
orders.flatMapValues((order) => [order.id, order.id]).merge(orders.mapValues((order) => order.id));

// @ts-expect-error -- a step for points at a stream of orders
orders.pipe(double);
// @ts-expect-error -- the second step takes orders, the first makes points
orders.pipe(toPoints, toPoints);
// @ts-expect-error -- an RxJS operator over another value
orders.pipe(map((record: StreamRecord<string, Points>) => record));
// @ts-expect-error -- an operator that makes bare values, not records
orders.pipe(map(() => 7));
// @ts-expect-error -- a sink whose serde is for points
orders.to('points', Produced.with(pointsSerde));
// @ts-expect-error -- a sink whose serde is for orders, behind a step that makes points
orders.pipe(toPoints).to('points', Produced.with(orderSerde));
// @ts-expect-error -- a sink with keys of text, behind a step that makes numbers of them
orders.selectKey(({ value }) => value.total).to('by-total', Produced.with(orderSerde));
// @ts-expect-error -- an order has no such field
orders.filter((order) => order.amount > 0);
// @ts-expect-error -- streams of two kinds do not merge
orders.merge(orders.pipe(toPoints));
// @ts-expect-error -- a batch step that answers with other records than it says
processBatch<string, Order, string, Points>('wrong', { create: () => (records) => Promise.resolve(records) });
processBatch<string, Order, string, Order>('store', {
  stores: [{ name: 'points', valueSerde: pointsSerde }],
  create: (context) => {
    const store = context.store({ name: 'points', valueSerde: pointsSerde });
    // @ts-expect-error -- a store of points does not take orders
    store.put('key', { id: 'order', total: 1 });
    // @ts-expect-error -- what a store holds may be missing
    store.get('key').points.toFixed();
    return (records) => Promise.resolve(records);
  },
});
// @ts-expect-error -- a source whose key serde makes text, not numbers
export const wrongSource: Consumed<number, Order> = Consumed.with(orderSerde);
export const rightSource: Consumed<string, Order> = Consumed.withKey(stringSerde, orderSerde);
