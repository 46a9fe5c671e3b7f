import { describe, expect, it } from 'vitest';
import {
  Consumed,
  Grouped,
  jsonSerde,
  type KStream,
  type KTable,
  longSerde,
  Materialized,
  Produced,
  type Serde,
  StreamsBuilder,
  stringSerde,
  TopologyError,
  TopologyTestDriver,
} from '../../../src/streams/index.ts';
import { BadError } from '../harness.ts';

const numbers = jsonSerde<number>();
const lists = jsonSerde<number[]>();
const texts = jsonSerde<string>();

/** A topology that writes the table made of `in` to `out`. */
const driverOf = <V, A extends number | string | number[]>(
  valueSerde: Serde<V>,
  resultSerde: Serde<A>,
  declare: (stream: KStream<string, V>) => KTable<string, A>,
) => {
  const builder = new StreamsBuilder('groups').deadLettersTo('dlq');
  const table = declare(builder.stream('in', Consumed.with(valueSerde)));
  table.toStream().to('out', Produced.with(resultSerde));
  const driver = new TopologyTestDriver(builder.build());
  return {
    driver,
    table,
    input: driver.createInputTopic('in', stringSerde, valueSerde),
    output: driver.createOutputTopic('out', stringSerde, resultSerde),
  };
};

const sum = (stream: KStream<string, number>): KTable<string, number> =>
  stream.groupByKey().reduce((total, value) => total + value);

describe('a grouped stream', () => {
  it('counts the records of each key, and every record makes a change', async () => {
    const { input, output } = driverOf(numbers, longSerde, (stream) => stream.groupByKey().count());
    await input.pipeRecords(['a', 'b', 'a', 'a'].map((key) => ({ key, value: 7 })));
    await input.pipeInput('b', 7);
    expect(output.readKeyValues()).toEqual([
      ['a', 1],
      ['b', 1],
      ['a', 2],
      ['a', 3],
      ['b', 2],
    ]);
  });

  it('reduces: the first value as it is, then two to one', async () => {
    const { input, output } = driverOf(texts, texts, (stream) =>
      stream.groupByKey().reduce((reduced, value) => `${reduced}${value}`),
    );
    await input.pipeKeyValues([
      ['k', 'x'],
      ['k', 'y'],
      ['l', 'z'],
      ['k', 'x'],
    ]);
    expect(output.readKeyValues()).toEqual([
      ['k', 'x'],
      ['k', 'xy'],
      ['l', 'z'],
      ['k', 'xyx'],
    ]);
  });

  it('aggregates from what the initializer makes, with key, value and aggregate', async () => {
    const { input, output } = driverOf(numbers, texts, (stream) =>
      stream.groupByKey().aggregate(
        () => '',
        (key, value, text) => `${text}${key}${String(value)}`,
        Materialized.with(texts),
      ),
    );
    await input.pipeRecords([
      { key: 'a', value: 1 },
      { key: 'b', value: 2 },
      { key: 'a', value: 3 },
    ]);
    expect(output.readValues()).toEqual(['a1', 'b2', 'a1a3']);
  });

  it('dates a change by the newest record in the aggregate', async () => {
    const { input, output } = driverOf(numbers, numbers, sum);
    await input.pipeInput('k', 1, 5_000);
    await input.pipeInput('k', 1, 3_000);
    await input.pipeInput('k', 1, 6_000);
    expect(output.readRecords().map(({ timestamp }) => timestamp)).toEqual([5_000, 5_000, 6_000]);
  });

  it('deletes a key for which null is made, and begins it anew', async () => {
    const { input, output } = driverOf(numbers, numbers, (stream) =>
      stream.groupByKey().aggregate<number>(
        () => 100,
        (_key, value, total) => (value === 0 ? null : total + value),
        Materialized.as('totals', numbers),
      ),
    );
    await input.pipeInput('k', 1, 9_000);
    await input.pipeRecords([
      { key: 'k', value: 0, timestamp: 1_000 },
      { key: 'k', value: 2, timestamp: 2_000 },
      { key: 'l', value: 0, timestamp: 3_000 },
    ]);
    expect(output.readRecords().map(({ key, value, timestamp }) => [key, value, timestamp])).toEqual([
      ['k', 101, 9_000],
      ['k', null, 9_000],
      ['k', 102, 2_000],
      ['l', null, 3_000],
    ]);
  });

  it('drops records without a key', async () => {
    const { input, output, driver } = driverOf(numbers, longSerde, (stream) => stream.groupByKey().count());
    await input.pipeRecords([
      { key: null, value: 1 },
      { key: 'k', value: 1 },
    ]);
    expect(output.readKeyValues()).toEqual([['k', 1]]);
    expect(driver.readBytes('dlq')).toEqual([]);
  });

  it('drops records without a value, and those for which no group is chosen', async () => {
    const { input, output, driver } = driverOf(numbers, longSerde, (stream) =>
      stream
        .mapValues((value) => (value < 0 ? null : value))
        .groupBy(({ key }) => (key === 'none' ? (null as unknown as string) : `${key}!`), Grouped.with(numbers))
        .count(),
    );
    await input.pipeRecords([
      { key: 'k', value: -1 },
      { key: 'none', value: 1 },
      { key: 'k', value: 1 },
    ]);
    expect(output.readKeyValues()).toEqual([['k!', 1]]);
    expect(driver.readBytes('dlq')).toEqual([]);
  });

  it('keeps a record that fails from its aggregate, and nothing else', async () => {
    const { input, output, driver } = driverOf(numbers, numbers, (stream) =>
      stream.groupByKey().reduce((total, value) => {
        if (value === 13) throw new BadError('Thirteen');
        return total + value;
      }),
    );
    await input.pipeRecords([1, 13, 2, 13, 3].map((value, index) => ({ key: index === 3 ? 'l' : 'k', value })));
    // The first of a key is not reduced.
    expect(output.readKeyValues()).toEqual([
      ['k', 1],
      ['k', 3],
      ['l', 13],
      ['k', 6],
    ]);
    expect(driver.readBytes('dlq').map(({ value }) => String(value))).toEqual(['13']);
  });

  it('may be given an aggregate that it changes in place, also where its batch is run again', async () => {
    const { input, output } = driverOf(numbers, lists, (stream) =>
      stream.groupByKey().aggregate(
        () => [] as number[],
        (_key, value, list) => {
          if (value === 13) throw new BadError('Thirteen');
          list.push(value);
          return list;
        },
        Materialized.with(lists),
      ),
    );
    await input.pipeInput('k', 1);
    await input.pipeRecords([2, 3, 13, 4].map((value) => ({ key: 'k', value })));
    expect(output.readValues()).toEqual([[1], [1, 2], [1, 2, 3], [1, 2, 3, 4]]);
  });

  it('says of every change what the value was before, whatever the function did to it', async () => {
    const { input, output } = driverOf(numbers, lists, (stream) =>
      stream
        .groupByKey()
        .aggregate(
          () => [] as number[],
          (_key, value, list) => {
            list.push(value);
            return list;
          },
          Materialized.with(lists),
        )
        .filter((list) => list.length === 1),
    );
    await input.pipeRecords([1, 2, 3].map((value) => ({ key: 'k', value })));
    // In, then out again; the third is neither.
    expect(output.readValues()).toEqual([[1], null]);
  });

  it('fails the record whose aggregate its serde does not take', async () => {
    const picky: Serde<number> = {
      ...numbers,
      serialize: (value) => {
        if (value > 10) throw new BadError('Too much');
        return numbers.serialize(value);
      },
    };
    const { input, output, driver } = driverOf(numbers, numbers, (stream) =>
      stream.groupByKey().reduce((total, value) => total + value, { valueSerde: picky }),
    );
    await input.pipeRecords([6, 6, 4].map((value) => ({ key: 'k', value })));
    expect(output.readValues()).toEqual([6, 10]);
    expect(driver.readBytes('dlq')).toHaveLength(1);
  });

  it('gives the same changes however its records are cut into batches', async () => {
    const records = Array.from({ length: 40 }, (_, index) => ({
      key: `k${String(index % 3)}`,
      value: index,
      timestamp: 1_000 + ((index * 7) % 11),
    }));
    const results = [];
    for (const size of [1, 7, 40]) {
      const { input, output } = driverOf(numbers, numbers, sum);
      for (let from = 0; from < records.length; from += size) await input.pipeRecords(records.slice(from, from + size));
      results.push(output.readRecords());
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });

  it('keeps its store under the name it was given', async () => {
    const { input, driver, table } = driverOf(numbers, longSerde, (stream) =>
      stream.groupByKey().count({ name: 'per-key', kept: 'memory' }),
    );
    await input.pipeInput('k', 1);
    expect(table.parts.view.store).toMatchObject({ name: 'per-key', kept: 'memory' });
    expect(await driver.storeEntries('per-key')).toEqual([['k', 1]]);
  });

  it('is kept by keys of any serde', async () => {
    const builder = new StreamsBuilder('groups');
    builder
      .stream('in', Consumed.withKey(longSerde, numbers))
      .groupByKey()
      .count()
      .toStream()
      .to('out', Produced.withKey(longSerde, longSerde));
    const driver = new TopologyTestDriver(builder.build());
    const input = driver.createInputTopic('in', longSerde, numbers);
    await input.pipeKeyValues([
      [1_700_000_000_000, 1],
      [-1, 1],
      [1_700_000_000_000, 1],
    ]);
    expect(driver.createOutputTopic('out', longSerde, longSerde).readKeyValues()).toEqual([
      [1_700_000_000_000, 1],
      [-1, 1],
      [1_700_000_000_000, 2],
    ]);
  });
});

describe('the repartition topic of a grouping', () => {
  const repartitionTopicsOf = (declare: (stream: KStream<string, string>) => unknown): readonly string[] => {
    const builder = new StreamsBuilder('groups');
    declare(builder.stream('in', Consumed.with(texts)));
    return builder.build().repartitionTopics.map(({ topic }) => topic);
  };

  it('is there only where the key may have changed', () => {
    expect(repartitionTopicsOf((stream) => stream.groupByKey().count())).toEqual([]);
    expect(
      repartitionTopicsOf((stream) =>
        stream
          .filter(() => true)
          .mapValues(String)
          .groupByKey()
          .count(),
      ),
    ).toEqual([]);
    expect(
      repartitionTopicsOf((stream) =>
        stream
          .map(({ key, value }) => ({ key, value }))
          .groupByKey(Grouped.with(texts))
          .count(),
      ),
    ).toEqual(['KSTREAM-AGGREGATE-STATE-STORE-0000000002-repartition']);
  });

  it('is called after the grouping, or else after the first store behind it, and is one for all of them', () => {
    const by = (name?: string) => (stream: KStream<string, string>) => {
      const grouped = stream.groupBy(({ value }) => value, Grouped.with(texts, name));
      grouped.count({ name: 'counts' });
      grouped.reduce((first) => first);
    };
    expect(repartitionTopicsOf(by('words'))).toEqual(['words-repartition']);
    expect(repartitionTopicsOf(by())).toEqual(['counts-repartition']);
  });

  it('has to be told how keys and values are written', () => {
    const stream = () => new StreamsBuilder('groups').stream('in', Consumed.with(texts));
    expect(() =>
      stream()
        .selectKey(({ value }) => value)
        .groupByKey(),
    ).toThrow(
      'Topology groups is not valid: groupByKey behind KSTREAM-KEY-SELECT-0000000001 does not know how keys are written: ' +
        'give it Grouped.withKey(keySerde, valueSerde)',
    );
    expect(() =>
      stream()
        .mapValues((value) => value.length)
        .groupByKey()
        .reduce((total, length) => total + length),
    ).toThrow('reduce does not know how values are written: give it Materialized.with(valueSerde)');
    expect(() => stream().selectKey(String).groupByKey()).toThrow(TopologyError);
  });
});
