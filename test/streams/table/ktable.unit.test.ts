import { describe, expect, it } from 'vitest';
import {
  Consumed,
  jsonSerde,
  type KTable,
  longSerde,
  Materialized,
  Produced,
  StreamsBuilder,
  stringSerde,
  TopologyTestDriver,
} from '../../../src/streams/index.ts';

const numbers = jsonSerde<number>();

/** A table of numbers, made into another one, whose changes are written to `out`. */
const drive = (derive: (table: KTable<string, number>) => KTable<string, number> = (table) => table) => {
  const builder = new StreamsBuilder('tables').deadLettersTo('dlq');
  const table = builder.table('in', Consumed.with(numbers), Materialized.as('numbers', numbers));
  derive(table).toStream().to('out', Produced.with(numbers));
  const driver = new TopologyTestDriver(builder.build());
  return {
    driver,
    input: driver.createInputTopic('in', stringSerde, numbers),
    output: driver.createOutputTopic('out', stringSerde, numbers),
  };
};

describe('a table', () => {
  it('holds the newest value of every key, and tells every change', async () => {
    const { driver, input, output } = drive();
    await input.pipeKeyValues([
      ['a', 1],
      ['b', 2],
      ['a', 3],
    ]);
    expect(output.readKeyValues()).toEqual([
      ['a', 1],
      ['b', 2],
      ['a', 3],
    ]);
    expect(await driver.storeEntries('numbers')).toEqual([
      ['a', 3],
      ['b', 2],
    ]);
  });

  it('sees what came earlier in the same micro-batch', async () => {
    const { driver, input, output } = drive((table) => table.filter((value) => value > 1));
    await input.pipeRecords([
      { key: 'a', value: 2 },
      { key: 'a', value: 1 },
      { key: 'a', value: 0 },
    ]);
    // Deleted once, when it fell out: the third record had nothing to take out any more.
    expect(output.readKeyValues()).toEqual([
      ['a', 2],
      ['a', null],
    ]);
    expect(await driver.store('numbers', 'a')).toBe(0);
  });

  it('deletes what comes without a value, and passes that on also where nothing was', async () => {
    const { driver, input, output } = drive();
    await input.pipeKeyValues([
      ['a', 1],
      ['a', null],
      ['b', null],
    ]);
    expect(output.readKeyValues()).toEqual([
      ['a', 1],
      ['a', null],
      ['b', null],
    ]);
    expect(await driver.storeEntries('numbers')).toEqual([]);
  });

  it('drops records without a key, and they are no dead letters', async () => {
    const { driver, input, output } = drive();
    await input.pipeRecords([
      { key: null, value: 1 },
      { key: 'a', value: 2 },
    ]);
    expect(output.readKeyValues()).toEqual([['a', 2]]);
    expect(driver.readBytes('dlq')).toEqual([]);
  });

  it('takes what comes last by offset, also when its timestamp is older', async () => {
    const { driver, input, output } = drive();
    await input.pipeInput('a', 1, 2_000);
    await input.pipeInput('a', 2, 1_000);
    expect(output.readRecords().map(({ value, timestamp }) => [value, timestamp])).toEqual([
      [1, 2_000],
      [2, 1_000],
    ]);
    expect(await driver.store('numbers', 'a')).toBe(2);
  });

  it('leaves an unreadable record out, and keeps the rest of its micro-batch', async () => {
    const { driver, output } = drive();
    const bytes = (offset: number, value: string) => ({
      ...{
        topic: 'in',
        partition: 0,
        offset,
        key: Buffer.from('a'),
        value: Buffer.from(value),
        timestamp: 0,
        headers: {},
      },
    });
    await driver.pipeBytes([bytes(0, '1'), bytes(1, 'not a number'), bytes(2, '3')]);
    expect(output.readValues()).toEqual([1, 3]);
    expect(driver.readBytes('dlq')).toHaveLength(1);
  });

  it('has keys of any kind', async () => {
    const builder = new StreamsBuilder('tables');
    const table = builder.table('in', Consumed.withKey(longSerde, numbers), Materialized.as('numbers', numbers));
    table.toStream().to('out', Produced.withKey(longSerde, numbers));
    const driver = new TopologyTestDriver(builder.build());
    await driver.createInputTopic('in', longSerde, numbers).pipeKeyValues([
      [300, 1],
      [7, 2],
      [300, 3],
    ]);
    expect(driver.createOutputTopic('out', longSerde, numbers).readKeyValues()).toEqual([
      [300, 1],
      [7, 2],
      [300, 3],
    ]);
    expect((await driver.storeEntries('numbers')).map(([, value]) => value)).toEqual([2, 3]);
  });

  it('reads its topic by one source, whose store is called after it', () => {
    const builder = new StreamsBuilder('tables');
    builder.table('in', Consumed.with(numbers)).toStream().to('out', Produced.with(numbers));
    expect(builder.build().describe()).toBe(`Topologies:
   Sub-topology: 0
    Source: KSTREAM-SOURCE-0000000000 (topics: [in])
      --> KTABLE-SOURCE-0000000001
    Processor: KTABLE-SOURCE-0000000001 (stores: [in-store])
      --> KTABLE-TOSTREAM-0000000002
      <-- KSTREAM-SOURCE-0000000000
    Processor: KTABLE-TOSTREAM-0000000002 (stores: [])
      --> KSTREAM-SINK-0000000003
      <-- KTABLE-SOURCE-0000000001
    Sink: KSTREAM-SINK-0000000003 (topic: out)
      <-- KTABLE-TOSTREAM-0000000002
`);
  });
});

describe('filter of a table', () => {
  it('deletes a key whose value is not kept any more, and says nothing of one that never was', async () => {
    const { input, output } = drive((table) => table.filter((value) => value >= 10));
    await input.pipeKeyValues([
      ['a', 5],
      ['a', 10],
      ['a', 9],
      ['a', 8],
      ['a', 12],
      ['a', null],
    ]);
    expect(output.readKeyValues()).toEqual([
      ['a', 10],
      ['a', null],
      ['a', 12],
      ['a', null],
    ]);
  });
});

describe('mapValues of a table', () => {
  it('changes values, and passes deletions on without asking', async () => {
    const { input, output } = drive((table) => table.mapValues((value) => value * 10));
    await input.pipeKeyValues([
      ['a', 1],
      ['a', null],
    ]);
    expect(output.readKeyValues()).toEqual([
      ['a', 10],
      ['a', null],
    ]);
  });

  it('deletes a key whose value becomes null', async () => {
    const { input, output } = drive((table) => table.mapValues((value) => (value > 1 ? value : null)));
    await input.pipeKeyValues([
      ['a', 2],
      ['a', 1],
    ]);
    expect(output.readKeyValues()).toEqual([
      ['a', 2],
      ['a', null],
    ]);
  });
});
