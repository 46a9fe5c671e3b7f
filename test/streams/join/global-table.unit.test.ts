import { describe, expect, it } from 'vitest';
import {
  Consumed,
  jsonSerde,
  longSerde,
  Produced,
  StreamsBuilder,
  stringSerde,
  TopologyTestDriver,
} from '../../../src/streams/index.ts';

interface Order {
  readonly product: number | null;
  readonly pieces: number;
}
const orders = jsonSerde<Order>();
const texts = Consumed.with(stringSerde);

const drive = (kind: 'join' | 'leftJoin') => {
  const builder = new StreamsBuilder('globals').deadLettersTo('dlq');
  const products = builder.globalTable('products', Consumed.withKey(longSerde, stringSerde, 'product-source'), {
    name: 'products-by-id',
  });
  const stream = builder.stream('orders', Consumed.with(orders));
  const keyOf = ({ value }: { readonly value: Order }): number | null => value.product;
  const joined =
    kind === 'join'
      ? stream.join(products, keyOf, ({ pieces }, product) => `${String(pieces)} ${product}`)
      : stream.leftJoin(products, keyOf, ({ pieces }, product) => `${String(pieces)} ${product ?? 'null'}`);
  joined.to('out', Produced.with(stringSerde));
  const driver = new TopologyTestDriver(builder.build());
  return {
    driver,
    products: driver.createInputTopic('products', longSerde, stringSerde),
    orders: driver.createInputTopic('orders', stringSerde, orders),
    read: () => driver.read('out', stringSerde).map(({ key, value }) => [key, value]),
  };
};

describe('a stream joined with a global table', () => {
  it('is looked up by what its records say, and keeps its own key', async () => {
    const { driver, products, orders: input, read } = drive('join');
    await products.pipeKeyValues([
      [1, 'tea'],
      [300, 'cup'],
    ]);
    await input.pipeRecords([
      { key: 'o1', value: { product: 300, pieces: 2 } },
      { key: 'o2', value: { product: 7, pieces: 1 } },
      { key: null, value: { product: 1, pieces: 3 } },
      { key: 'o4', value: { product: null, pieces: 4 } },
    ]);
    expect(read()).toEqual([
      ['o1', '2 cup'],
      [null, '3 tea'],
    ]);
    expect(driver.readBytes('dlq')).toEqual([]);
  });

  it('goes on without a match in a left join, also where there is nothing to look up', async () => {
    const { orders: input, read } = drive('leftJoin');
    await input.pipeRecords([
      { key: 'o1', value: { product: 7, pieces: 1 } },
      { key: 'o2', value: { product: null, pieces: 4 } },
    ]);
    expect(read()).toEqual([
      ['o1', '1 null'],
      ['o2', '4 null'],
    ]);
  });

  it('sees changes and deletions of the table at once', async () => {
    const { driver, products, orders: input, read } = drive('leftJoin');
    const order = { product: 1, pieces: 1 };
    await products.pipeInput(1, 'tea');
    await input.pipeInput('o1', order);
    await products.pipeInput(1, 'green tea');
    await input.pipeInput('o2', order);
    await products.pipeInput(1, null);
    await input.pipeInput('o3', order);
    expect(read()).toEqual([
      ['o1', '1 tea'],
      ['o2', '1 green tea'],
      ['o3', '1 null'],
    ]);
    expect(await driver.storeEntries('products-by-id')).toEqual([]);
  });

  it('is not repartitioned, and the table belongs to no sub-topology', () => {
    const { driver } = drive('join');
    const { topology } = driver;
    expect(topology.subTopologies()).toHaveLength(1);
    expect(topology.stores()).toEqual([]);
    expect(topology.describe()).toContain('for global store (will not generate tasks)');
    expect(topology.sourceTopics()).toEqual(['orders']);
  });

  it('fails records that its key cannot be made of, and lets the others through', async () => {
    const builder = new StreamsBuilder('globals').deadLettersTo('dlq');
    const table = builder.globalTable('table', texts);
    builder
      .stream('stream', texts)
      .leftJoin(
        table,
        ({ value }) => {
          if (value === 'bad') throw new Error('no key in it');
          return value;
        },
        (value) => value,
      )
      .to('out', Produced.with(stringSerde));
    const driver = new TopologyTestDriver(builder.build());
    const input = driver.createInputTopic('stream', stringSerde, stringSerde);
    await input.pipeRecords(['a', 'bad', 'b'].map((value) => ({ key: 'k', value })));
    expect(driver.read('out', stringSerde).map(({ value }) => value)).toEqual(['a', 'b']);
    expect(driver.readBytes('dlq')).toHaveLength(1);
  });
});
