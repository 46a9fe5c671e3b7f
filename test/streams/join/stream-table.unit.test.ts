import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import {
  Consumed,
  Grouped,
  Joined,
  jsonSerde,
  KafkaStreams,
  type KStream,
  type KTable,
  longSerde,
  Materialized,
  Produced,
  StreamsBuilder,
  stringSerde,
  TimeWindows,
  TopologyError,
  TopologyTestDriver,
} from '../../../src/streams/index.ts';
import { FakeCluster } from '../fakes.ts';
import { consumedOf, type Step } from './joined.ts';

const texts = Consumed.with(stringSerde);
const pair = (value: string, other: string | undefined): string => `${value}-${other ?? 'null'}`;

type Join = (stream: KStream<string, string>, table: KTable<string, string>) => KStream<string, string>;
const inner: Join = (stream, table) => stream.join(table, pair);
const left: Join = (stream, table) => stream.leftJoin(table, pair);

const drive = (join: Join): TopologyTestDriver => {
  const builder = new StreamsBuilder('joins').deadLettersTo('dlq');
  const stream = builder.stream('stream', texts);
  join(stream, builder.table('table', texts)).to('out', Produced.with(stringSerde));
  return new TopologyTestDriver(builder.build());
};

/** What comes out of a driver: value and timestamp. */
const outputs = (driver: TopologyTestDriver): readonly (readonly [string, number])[] =>
  driver.read('out', stringSerde).map(({ value, timestamp }) => [value, timestamp] as const);

const stream = (value: string | null, timestamp: number, key: string | null = 'k'): Step => ({
  from: 'stream',
  ...{ key, value, timestamp },
});
const table = (value: string | null, timestamp: number, key: string | null = 'k'): Step => ({
  from: 'table',
  ...{ key, value, timestamp },
});

/** The input of Kafka Streams' own join tests: deletions on both sides, and records that are out of order. */
const kafkaInput: readonly Step[] = [
  table(null, 2),
  stream('A', 3),
  table('a', 4),
  stream('B', 5),
  table('b', 6),
  table(null, 8),
  stream('C', 9),
  table('c', 10),
  table(null, 11),
  table(null, 13),
  table('d', 7),
  stream('D', 6),
  table(null, 3),
  table('e', 14),
  stream('E', 15),
  table(null, 9),
  stream('F', 4),
  table('f', 3),
];

describe('a stream joined with a table', () => {
  it.each([
    {
      kind: 'inner',
      join: inner,
      expected: [
        ['B-a', 5],
        ['D-d', 6],
        ['E-e', 15],
      ],
    },
    {
      kind: 'left',
      join: left,
      expected: [
        ['A-null', 3],
        ['B-a', 5],
        ['C-null', 9],
        ['D-d', 6],
        ['E-e', 15],
        ['F-null', 4],
      ],
    },
  ])('gives what Kafka Streams gives ($kind), record by record and in one micro-batch', async ({ join, expected }) => {
    const single = drive(join);
    for (const record of consumedOf(kafkaInput)) await single.pipeBytes([record]);
    expect(outputs(single)).toEqual(expected);
    const together = drive(join);
    await together.pipeBytes(consumedOf(kafkaInput));
    expect(outputs(together)).toEqual(expected);
  });

  it('sees the table as of its own place among the records of one micro-batch, whichever comes first', async () => {
    const streamFirst = drive(left);
    await streamFirst.pipeBytes(consumedOf([stream('A', 1), table('a', 2)]));
    expect(outputs(streamFirst)).toEqual([['A-null', 1]]);
    const tableFirst = drive(left);
    await tableFirst.pipeBytes(consumedOf([table('a', 1), stream('A', 2)]));
    expect(outputs(tableFirst)).toEqual([['A-a', 2]]);
    const between = drive(left);
    await between.pipeBytes(consumedOf([table('a', 1), stream('A', 2), table('b', 3), stream('B', 4)]));
    expect(outputs(between)).toEqual([
      ['A-a', 2],
      ['B-b', 4],
    ]);
  });

  it('keeps key, time and headers of the stream, and a table record alone gives nothing', async () => {
    const driver = drive(inner);
    await driver.createInputTopic('table', stringSerde, stringSerde).pipeInput('k', 'a', 50);
    expect(driver.read('out', stringSerde)).toEqual([]);
    const headers = { trace: Buffer.from('1') };
    await driver.createInputTopic('stream', stringSerde, stringSerde).pipeInput('k', 'A', 7, headers);
    expect(driver.read('out', stringSerde)).toEqual([{ key: 'k', value: 'A-a', timestamp: 7, headers }]);
  });

  it('drops a record without a key where it must match, and joins it with nothing where it need not', async () => {
    const steps = consumedOf([table('a', 1), stream('A', 2, null), stream('B', 3)]);
    const innerDriver = drive(inner);
    await innerDriver.pipeBytes(steps);
    expect(outputs(innerDriver)).toEqual([['B-a', 3]]);
    const leftDriver = drive(left);
    await leftDriver.pipeBytes(steps);
    expect(outputs(leftDriver)).toEqual([
      ['A-null', 2],
      ['B-a', 3],
    ]);
    expect(leftDriver.readBytes('dlq')).toEqual([]);
  });

  it('drops deletions, which the stream of a table has', async () => {
    const builder = new StreamsBuilder('joins').deadLettersTo('dlq');
    const changes = builder.table('stream', texts).toStream();
    changes.leftJoin(builder.table('table', texts), pair).to('out', Produced.with(stringSerde));
    const driver = new TopologyTestDriver(builder.build());
    await driver.pipeBytes(consumedOf([stream('A', 1), stream(null, 2), stream('B', 3)]));
    expect(outputs(driver)).toEqual([
      ['A-null', 1],
      ['B-null', 3],
    ]);
    expect(driver.readBytes('dlq')).toEqual([]);
  });

  it('looks into what a table was filtered and mapped to', async () => {
    const driver = drive((records, entries) =>
      records.leftJoin(
        entries.filter((value) => value !== 'b').mapValues((value) => value.toUpperCase()),
        pair,
      ),
    );
    await driver.pipeBytes(consumedOf([table('a', 1), stream('A', 2), table('b', 3), stream('B', 4)]));
    expect(outputs(driver)).toEqual([
      ['A-A', 2],
      ['B-null', 4],
    ]);
  });

  it('costs a record that its joiner cannot take one dead letter, and not its neighbours', async () => {
    const driver = drive((records, entries) =>
      records.join(entries, (value, entry) => {
        if (value === 'B') throw new Error('no B');
        return pair(value, entry);
      }),
    );
    await driver.pipeBytes(consumedOf([table('a', 1), stream('A', 2), stream('B', 3), table('b', 4), stream('C', 5)]));
    expect(outputs(driver)).toEqual([
      ['A-a', 2],
      ['C-b', 5],
    ]);
    expect(driver.readBytes('dlq')).toHaveLength(1);
  });

  it('sees the table record by record also where both stem from the same topic', async () => {
    const joinedWithOwnTable = async (split: number): Promise<unknown> => {
      const builder = new StreamsBuilder('self');
      const entries = builder.table('table', texts);
      entries.toStream().leftJoin(entries, pair).to('out', Produced.with(stringSerde));
      const driver = new TopologyTestDriver(builder.build());
      const records = consumedOf([table('a', 1), table('b', 2), table('c', 3)]);
      await driver.pipeBytes(records.slice(0, split));
      await driver.pipeBytes(records.slice(split));
      return outputs(driver);
    };
    const expected = [
      ['a-a', 1],
      ['b-b', 2],
      ['c-c', 3],
    ];
    expect(await joinedWithOwnTable(1)).toEqual(expected);
    expect(await joinedWithOwnTable(3)).toEqual(expected);
  });

  it('is joined with an aggregate of itself as of each record', async () => {
    const builder = new StreamsBuilder('counts');
    const records = builder.stream('stream', texts);
    const counts = records.groupByKey(Grouped.with(stringSerde)).count();
    records.join(counts, (value, count) => `${value}${String(count)}`).to('out', Produced.with(stringSerde));
    const driver = new TopologyTestDriver(builder.build());
    await driver.pipeBytes(consumedOf([stream('A', 1), stream('B', 2), stream('C', 3)]));
    expect(outputs(driver).map(([value]) => value)).toEqual(['A1', 'B2', 'C3']);
  });
});

interface Order {
  readonly customer: string;
  readonly total: number;
}
const orders = jsonSerde<Order>();

describe('a stream whose key was changed', () => {
  it('goes through a repartition topic before it is joined, with the serde it was read with', async () => {
    const builder = new StreamsBuilder('orders').deadLettersTo('dlq');
    const names = builder.table('names', texts);
    builder
      .stream('orders', Consumed.with(orders))
      .selectKey(({ value }) => value.customer)
      .join(names, ({ total }, name) => `${name} ${String(total)}`)
      .to('out', Produced.with(stringSerde));
    const topology = builder.build();
    expect(topology.repartitionTopics.map(({ topic }) => topic)).toEqual(['KSTREAM-JOIN-0000000004-repartition']);
    expect(topology.subTopologies()).toHaveLength(2);
    const driver = new TopologyTestDriver(topology);
    await driver.createInputTopic('names', stringSerde, stringSerde).pipeInput('c1', 'Ada');
    await driver.createInputTopic('orders', stringSerde, orders).pipeKeyValues([
      ['o1', { customer: 'c1', total: 5 }],
      ['o2', { customer: 'c2', total: 6 }],
    ]);
    expect(driver.read('out', stringSerde).map(({ key, value }) => [key, value])).toEqual([['c1', 'Ada 5']]);
  });

  it('has the serdes and the name of Joined where its values were changed too', async () => {
    const builder = new StreamsBuilder('orders');
    const names = builder.table('names', Consumed.withKey(longSerde, stringSerde));
    builder
      .stream('orders', Consumed.with(orders))
      .map(({ value }) => ({ key: value.total, value: value.customer }))
      .leftJoin(names, pair, Joined.withKey(longSerde, stringSerde, 'named'))
      .to('out', Produced.withKey(longSerde, stringSerde));
    const topology = builder.build();
    expect(topology.repartitionTopics.map(({ topic }) => topic)).toEqual(['named-repartition']);
    const driver = new TopologyTestDriver(topology);
    await driver.createInputTopic('names', longSerde, stringSerde).pipeInput(5, 'five');
    await driver.createInputTopic('orders', stringSerde, orders).pipeInput('o1', { customer: 'c1', total: 5 });
    expect(driver.createOutputTopic('out', longSerde, stringSerde).readKeyValues()).toEqual([[5, 'c1-five']]);
  });

  it('leaves behind what joins nothing, before the journey', async () => {
    const builder = new StreamsBuilder('orders').deadLettersTo('dlq');
    const names = builder.table('names', texts);
    builder
      .table('stream', texts)
      .toStream()
      .selectKey(({ value }) => (value === 'B' ? null : 'c1') as string)
      .join(names, pair, Joined.with(stringSerde, 'join'))
      .to('out', Produced.with(stringSerde));
    const driver = new TopologyTestDriver(builder.build());
    await driver.createInputTopic('names', stringSerde, stringSerde).pipeInput('c1', 'Ada');
    await driver.pipeBytes(consumedOf([stream('A', 1), stream(null, 2), stream('B', 3)]));
    expect(driver.readBytes('join-repartition')).toHaveLength(1);
    expect(outputs(driver)).toEqual([['A-Ada', 1]]);
    expect(driver.readBytes('dlq')).toEqual([]);
  });

  it('is refused at once where it is not known how its values are written, with what to give', () => {
    const builder = new StreamsBuilder('orders');
    const names = builder.table('names', texts);
    const rekeyed = builder
      .stream('orders', Consumed.with(orders))
      .map(({ value }) => ({ key: 'k', value: value.total }));
    expect(() => rekeyed.join(names, (total) => total)).toThrow(TopologyError);
    expect(() => rekeyed.join(names, (total) => total)).toThrow(/give it Joined\.with\(valueSerde\)/);
  });

  it('is refused where the table is of another builder', () => {
    const elsewhere = new StreamsBuilder('elsewhere').table('names', texts);
    const here = new StreamsBuilder('here').stream('stream', texts);
    expect(() => here.join(elsewhere, pair)).toThrow(/a table of another builder/);
  });
});

describe('page views by region, as in the examples of Kafka Streams', () => {
  it('are joined with the region of their user, and counted by region in hopping windows', async () => {
    const builder = new StreamsBuilder('page-views');
    const regions = builder.table('user-profiles', texts, Materialized.as('regions', stringSerde));
    const day = 86_400_000;
    builder
      .stream('page-views', texts)
      .leftJoin(regions, (page, region) => ({ page, region: region ?? 'UNKNOWN' }))
      .map(({ value }) => ({ key: value.region, value: value.page }))
      .groupByKey(Grouped.with(stringSerde, 'by-region'))
      .windowedBy(TimeWindows.ofSizeAndGrace(7 * day, day).advanceBy(day))
      .count()
      .toStream()
      .map(({ key, value }) => ({ key: `${key.key}@${String(key.window.start / day)}`, value: value ?? 0 }))
      .to('views-by-region', Produced.with(jsonSerde<number>()));
    const driver = new TopologyTestDriver(builder.build());
    const profiles = driver.createInputTopic('user-profiles', stringSerde, stringSerde);
    const views = driver.createInputTopic('page-views', stringSerde, stringSerde);
    await profiles.pipeInput('alice', 'asia', 0);
    await views.pipeInput('alice', 'index.html', 1);
    await views.pipeInput('bob', 'about.html', 2);
    await profiles.pipeInput('alice', 'europe', 3);
    await views.pipeInput('alice', 'index.html', 4);
    await views.pipeInput('alice', 'index.html', day);
    expect(driver.createOutputTopic('views-by-region', stringSerde, jsonSerde<number>()).readKeyValues()).toEqual([
      ['asia@0', 1],
      ['UNKNOWN@0', 1],
      ['europe@0', 1],
      ['europe@0', 2],
      ['europe@1', 1],
    ]);
    expect(await driver.store<string>('regions', 'alice')).toBe('europe');
  });
});

describe('a stream and a table of topics that do not fit', () => {
  const start = async (tableCount: number, rekeyed: boolean): Promise<readonly string[]> => {
    const builder = new StreamsBuilder('joins');
    const records = builder.stream('stream', texts);
    const keyed = rekeyed ? records.selectKey(({ value }) => value) : records;
    keyed.join(builder.table('table', texts), pair, Joined.with(stringSerde, 'join'));
    const stateDir = await mkdtemp(`${tmpdir()}/points-joins-`);
    const cluster = new FakeCluster();
    cluster.topics.set('stream', 4);
    cluster.topics.set('table', tableCount);
    const streams = new KafkaStreams(builder.build(), { applicationId: 'app', clientSupplier: cluster, stateDir });
    try {
      await streams.start();
      return cluster.created.map(({ name, partitions }) => `${name} ${String(partitions)}`);
    } finally {
      await streams.close();
      await rm(stateDir, { recursive: true, force: true });
    }
  };

  it('are refused at the start, with their counts', async () => {
    await expect(start(6, false)).rejects.toThrow(TopologyError);
    await expect(start(6, false)).rejects.toThrow('stream has 4, table has 6 partitions');
  });

  it('fit where the stream is repartitioned: its new topic has as many partitions as the table', async () => {
    expect(await start(6, true)).toEqual(
      expect.arrayContaining(['app-joins-join-repartition 6', 'app-joins-table-store-changelog 6']),
    );
  });
});
