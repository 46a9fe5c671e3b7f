import { describe, expect, it } from 'vitest';
import {
  Consumed,
  Grouped,
  jsonSerde,
  longSerde,
  Produced,
  StreamsBuilder,
  stringSerde,
  TopologyTestDriver,
} from '../../../src/streams/index.ts';

const numbers = jsonSerde<number>();
const from = Consumed.with(numbers);
const sums = { name: 'sums', valueSerde: numbers };

/** in → sum by key, told every second of the wall clock, and every ten seconds of stream time. */
const tellingTopology = () => {
  const builder = new StreamsBuilder('telling').deadLettersTo('dlq');
  builder
    .stream<string, number>('in', from)
    .process<string, number>('sum', {
      stores: [sums],
      create: (context) => {
        const store = context.store(sums);
        const tell = (sign: number) => async (timestamp: number) => {
          const all = await store.range({});
          return all.map(([key, value]) => ({ key, value: sign * value, timestamp }));
        };
        context.schedule(1_000, 'WALL_CLOCK_TIME', tell(1));
        context.schedule(10_000, 'STREAM_TIME', tell(-1));
        return ({ key, value }) => {
          store.put(key, (store.get(key) ?? 0) + value);
          return [];
        };
      },
    })
    .to('out', Produced.with(numbers));
  return builder.build();
};

const drive = () => {
  const driver = new TopologyTestDriver(tellingTopology());
  return {
    driver,
    input: driver.createInputTopic('in', stringSerde, numbers),
    output: driver.createOutputTopic('out', stringSerde, numbers),
  };
};

describe('a test driver', () => {
  it('calls the punctuators that are due when the wall clock is moved, once each, and no others', async () => {
    const { driver, input, output } = drive();
    await input.pipeInput('a', 3);
    await driver.advanceWallClockTime(999);
    expect(output.readValues()).toEqual([]);
    await driver.advanceWallClockTime(1);
    expect(output.readRecords()).toEqual([{ key: 'a', value: 3, timestamp: 1_000, headers: {} }]);
    await driver.advanceWallClockTime(5_500);
    expect(output.readKeyValues()).toEqual([['a', 3]]);
  });

  it('calls those on stream time when records move it', async () => {
    const { input, output } = drive();
    await input.pipeInput('a', 3, 100_000);
    expect(output.readValues()).toEqual([-3]);
    await input.pipeInput('a', 1, 109_999);
    expect(output.readValues()).toEqual([]);
    await input.pipeInput('b', 5, 110_000);
    expect(output.readKeyValues()).toEqual([
      ['a', -4],
      ['b', -5],
    ]);
  });

  it('takes what goes through a repartition topic to its end before it answers', async () => {
    const builder = new StreamsBuilder('again');
    builder
      .stream<string, number>('in', from)
      .map(({ value }) => ({ key: String(value % 2), value }))
      .repartition(Grouped.with(numbers, 'parity'))
      .mapValues((value, { source }) => `${source.topic} ${String(value)}`)
      .to('out', Produced.with(stringSerde));
    const driver = new TopologyTestDriver(builder.build());
    await driver.pipe('in', numbers, [{ key: 'a', value: 3 }]);
    expect(driver.read('out', stringSerde)).toMatchObject([{ key: '1', value: 'parity-repartition 3' }]);
    expect(driver.read('parity-repartition', numbers)).toMatchObject([{ key: '1', value: 3 }]);
  });

  it('shows what a store holds, and lets nothing of a failed batch into it', async () => {
    const { driver, input } = drive();
    await input.pipeRecords([
      { key: 'a', value: 1 },
      { key: 'b', value: 2 },
    ]);
    expect(await driver.store(sums, 'a')).toBe(1);
    expect(await driver.storeEntries(sums)).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
  });

  it('says when a topic is read by nobody', async () => {
    await expect(drive().driver.pipe('elsewhere', numbers, [{ key: 'a', value: 1 }])).rejects.toThrow(
      'Topic elsewhere is read by no source',
    );
  });

  it('writes and reads whole numbers as Kafka does', () => {
    expect(longSerde.serialize(258).toString('hex')).toBe('0000000000000102');
    expect(longSerde.deserialize(longSerde.serialize(-7))).toBe(-7);
  });
});

describe('what a punctuator makes', () => {
  /** A punctuator that makes 1, 2 and 3, before a step that cannot take 2. */
  const topology = () => {
    const builder = new StreamsBuilder('made').deadLettersTo('dlq');
    builder
      .stream<string, number>('in', from)
      .process<string, number>('maker', {
        create: (context) => {
          context.schedule(100, 'WALL_CLOCK_TIME', (timestamp) =>
            [1, 2, 3].map((value) => ({ key: 'made', value, timestamp })),
          );
          return (record) => [record];
        },
      })
      .mapValues((value) => {
        if (value === 2) throw new Error('Two is not taken');
        return value * 10;
      }, 'times-ten')
      .to('out', Produced.with(numbers));
    return builder.build();
  };

  it('costs one dead letter where it cannot be processed, and its neighbours go on, read or made', async () => {
    const driver = new TopologyTestDriver(topology());
    await driver.advanceWallClockTime(100);
    expect(driver.read('out', numbers).map(({ value }) => value)).toEqual([10, 30]);
    const [letter, ...others] = driver.readBytes('dlq');
    expect(others).toEqual([]);
    expect(letter?.headers).toMatchObject({
      '__streams.errors.message': 'Two is not taken',
      '__streams.errors.node': 'times-ten',
      '__streams.errors.topic': 'maker',
    });
  });

  it('comes behind what its node made of the batch', async () => {
    const driver = new TopologyTestDriver(topology(), { now: 0 });
    const input = driver.createInputTopic('in', stringSerde, numbers);
    await input.pipeInput('a', 7);
    await driver.advanceWallClockTime(100);
    expect(driver.read('out', numbers).map(({ value }) => value)).toEqual([70, 10, 30]);
  });

  it('is looked at anew where a record that was read is left out: what was at a bad place may be good there', async () => {
    const builder = new StreamsBuilder('shifting').deadLettersTo('dlq');
    builder
      .stream<string, number>('in', from)
      .process<string, number>('maker', {
        stores: [sums],
        create: (context) => {
          const store = context.store(sums);
          // One for each key read so far: without the bad record, all that follow are one place further ahead.
          context.schedule(100, 'WALL_CLOCK_TIME', async (timestamp) =>
            (await store.range({})).map(([key, value]) => ({ key, value, timestamp })),
          );
          return (record) => {
            store.put(record.key, record.value);
            return [record];
          };
        },
      })
      .mapValues((value) => {
        if (value === 13) throw new Error('Unlucky');
        return value;
      })
      .to('out', Produced.with(numbers));
    const driver = new TopologyTestDriver(builder.build());
    await driver.advanceWallClockTime(99);
    driver.setWallClockTime(100);
    await driver.pipe('in', numbers, [
      { key: 'a', value: 13 },
      { key: 'b', value: 2 },
      { key: 'c', value: 3 },
    ]);
    const told = driver.read('out', numbers).map(({ key, value }) => [key, value]);
    expect(told).toEqual([
      ...[
        ['b', 2],
        ['c', 3],
      ],
      ...[
        ['b', 2],
        ['c', 3],
      ],
    ]);
    expect(driver.readBytes('dlq')).toHaveLength(1);
  });
});
