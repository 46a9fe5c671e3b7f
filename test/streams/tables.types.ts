// Not run: the compiler checks it. Each line below an @ts-expect-error must be an error, or the compiler says so.
import {
  Consumed,
  Joined,
  jsonSerde,
  type KafkaStreams,
  longSerde,
  Materialized,
  Produced,
  StreamsBuilder,
  stringSerde,
} from '../../src/streams/index.ts';

interface Order {
  readonly customer: string;
  readonly total: number;
}
interface Customer {
  readonly name: string;
}

const orderSerde = jsonSerde<Order>();
const customerSerde = jsonSerde<Customer>();
const numberSerde = jsonSerde<number>();
const builder = new StreamsBuilder('types');
const orders = builder.stream('orders', Consumed.with(orderSerde));
const customers = builder.table('customers', Consumed.with(customerSerde), Materialized.as('customers', customerSerde));
const byNumber = builder.table('numbered', Consumed.withKey(longSerde, customerSerde));
const everywhere = builder.globalTable('everywhere', Consumed.withKey(longSerde, customerSerde), {
  name: 'everywhere',
});

// What fits, fits.
orders
  .join(customers, (order, customer) => `${customer.name} ${String(order.total)}`)
  .to('out', Produced.with(stringSerde));
orders.leftJoin(customers, (_order, customer, key) => customer?.name ?? key).to('out', Produced.with(stringSerde));
orders.selectKey(({ value }) => value.total).join(byNumber, (order) => order, Joined.withKey(longSerde, orderSerde));
orders.join(
  everywhere,
  ({ value }) => value.total,
  (order, customer) => customer.name + order.customer,
);
orders.leftJoin(
  everywhere,
  ({ value }) => (value.total > 0 ? value.total : null),
  (_order, customer) => customer?.name,
);
// The stream of a table has deletions, which a join drops before anybody is asked.
customers.toStream().join(customers, (left, right) => left.name === right.name);
customers.filter((customer) => customer.name !== '').mapValues((customer) => customer.name.length);

// @ts-expect-error -- in a left join the table's value may be missing
orders.leftJoin(customers, (_order, customer) => customer.name);
const totalOf = ({ value }: { readonly value: Order }): number => value.total;
// @ts-expect-error -- in a left join with a global table too
orders.leftJoin(everywhere, totalOf, (_order, customer) => customer.name);
// @ts-expect-error -- keys of text do not join keys of numbers
orders.join(byNumber, (order) => order);
// @ts-expect-error -- a customer has no total
orders.join(customers, (_order, customer) => customer.total);
// @ts-expect-error -- the stream's values are orders, not numbers
orders.join(customers, (order) => order, Joined.with(numberSerde));
// @ts-expect-error -- a join makes text here, which the sink's serde does not write
orders.join(customers, (_order, customer) => customer.name).to('out', Produced.with(orderSerde));
// @ts-expect-error -- a table of customers is not kept as orders
builder.table('others', Consumed.with(customerSerde), Materialized.as('others', orderSerde));
// @ts-expect-error -- a global table is no stream of changes
everywhere.toStream();

export const queries = async (streams: KafkaStreams): Promise<readonly (readonly [number, Customer])[]> => {
  const named = { name: 'customers', valueSerde: customerSerde };
  const found = await streams.store(named).get('key');
  const table = streams.table(named, longSerde);
  await streams.metadataForKey('customers', 7, longSerde);
  // @ts-expect-error -- what a store holds may be missing
  found.name.trim();
  // @ts-expect-error -- its keys are numbers
  await table.get('key');
  // @ts-expect-error -- a query cannot write
  streams.store(named).put('key', { name: 'n' });
  // @ts-expect-error -- the serde is for numbers
  await streams.metadataForKey('customers', 'key', longSerde);
  return table.range({ from: 1 });
};
