import { describe, expect, it } from 'vitest';
import {
  Consumed,
  jsonSerde,
  longSerde,
  Materialized,
  Produced,
  StreamsBuilder,
  stringSerde,
  TimeWindows,
  TopologyTestDriver,
  windowedSerde,
} from '../../../src/streams/index.ts';
import { windowsOf } from '../../../src/streams/state/windowed-key.ts';
import { counted, windowsRig } from './windows-rig.ts';

describe('a count in tumbling windows', () => {
  it('counts each key in each window, one change a record', async () => {
    const { send, read } = windowsRig({ windows: TimeWindows.ofSizeWithNoGrace(10) });
    await send([counted('a', 0), counted('b', 5), counted('a', 9), counted('a', 10)]);
    await send([counted('b', 19)]);
    expect(read()).toEqual([
      ['a@0', 1, 0],
      ['b@0', 1, 5],
      ['a@0', 2, 9],
      ['a@10', 1, 10],
      ['b@10', 1, 19],
    ]);
  });

  it('counts what is out of order until the grace is over, dated by the newest', async () => {
    const { send, read, late } = windowsRig({ windows: TimeWindows.ofSizeAndGrace(10, 5) });
    await send([counted('a', 8), counted('b', 14), counted('a', 3), counted('b', 15), counted('a', 4)]);
    expect(read()).toEqual([
      ['a@0', 1, 8],
      ['b@10', 1, 14],
      ['a@0', 2, 8],
      ['b@10', 2, 15],
    ]);
    expect(late).toEqual(['a:4 for 0 at 15']);
  });

  it('knows what is late by the batches before, too', async () => {
    const { send, read, late } = windowsRig({ windows: TimeWindows.ofSizeWithNoGrace(10) });
    await send([counted('a', 10)]);
    await send([counted('a', 9)]);
    await send([counted('a', 12)]);
    expect(read()).toEqual([
      ['a@10', 1, 10],
      ['a@10', 2, 12],
    ]);
    expect(late).toEqual(['a:9 for 0 at 10']);
  });

  it('knows it by records that were filtered out or failed before, in the same batch and in others', async () => {
    for (const fate of ['filtered', 'poison'] as const) {
      for (const isOneBatch of [true, false]) {
        const { send, read, late } = windowsRig({ windows: TimeWindows.ofSizeWithNoGrace(10) });
        const records = [counted('a', 1), { key: 'x', fate, timestamp: 10 }, counted('a', 2)];
        if (isOneBatch) await send(records);
        else for (const record of records) await send([record]);
        expect(read()).toEqual([['a@0', 1, 1]]);
        expect(new Set(late)).toEqual(new Set(['a:2 for 0 at 10']));
      }
    }
  });

  it('purges windows that take no more records', async () => {
    const { send, driver, table } = windowsRig({ windows: TimeWindows.ofSizeAndGrace(10, 5) });
    const windowsKept = async () => (await driver.storeEntries(table.parts.view.store)).length;
    await send([counted('a', 1)]);
    await send([counted('a', 15)]);
    expect(await windowsKept()).toBe(2);
    // What expires at the stream time is still there.
    await send([counted('a', 16)]);
    expect(await windowsKept()).toBe(1);
  });

  it('keeps them for longer where that is asked for, and counts no more there', async () => {
    const { send, driver, table, late } = windowsRig({ windows: TimeWindows.ofSizeWithNoGrace(10), retentionMs: 100 });
    await send([counted('a', 1)]);
    await send([counted('a', 100)]);
    await send([counted('a', 2)]);
    expect(late).toHaveLength(1);
    const { name } = table.parts.view.store;
    expect((await driver.storeEntries(name)).map(([, count]) => count)).toEqual([1, 1]);
    const { from = '', to = '' } = windowsOf('a', 0, 1);
    const ofFirst = async () => (await driver.storeEntries(name)).filter(([key]) => from <= key && key < to);
    expect(await ofFirst()).toHaveLength(1);
    await send([counted('a', 101)]);
    expect(await ofFirst()).toEqual([]);
  });

  it('refuses to forget windows that still take records', () => {
    expect(() => windowsRig({ windows: TimeWindows.ofSizeAndGrace(10, 5), retentionMs: 14 })).toThrow(
      'the retention of a window store is 14 ms, and size and grace are 15 ms',
    );
  });

  it('keeps its changelog as long as its windows', () => {
    const { table } = windowsRig({ windows: TimeWindows.ofSizeAndGrace(10, 5) });
    expect(table.parts.view.store.expiry?.retentionMs).toBe(15);
  });

  it('takes no record from before the epoch', async () => {
    const builder = new StreamsBuilder('windows').deadLettersTo('dlq');
    const timestampOf = ({ value }: { readonly value: number }): number => value;
    builder
      .stream<string, number>('in', { ...Consumed.with(longSerde), timestampOf })
      .groupByKey()
      .windowedBy(TimeWindows.ofSizeWithNoGrace(10))
      .count()
      .toStream()
      .to('out', Produced.withKey(windowedSerde(stringSerde, 10), longSerde));
    const driver = new TopologyTestDriver(builder.build());
    await driver.pipe(
      'in',
      longSerde,
      [-1, 3].map((value) => ({ key: 'k', value })),
    );
    expect(driver.readBytes('out')).toHaveLength(1);
    expect(driver.readBytes('dlq')).toHaveLength(1);
  });
});

describe('a count in hopping windows', () => {
  it('counts a record in every window it belongs to', async () => {
    const { send, read } = windowsRig({ windows: TimeWindows.ofSizeWithNoGrace(10).advanceBy(5) });
    await send([counted('a', 3), counted('a', 7), counted('a', 12)]);
    expect(read()).toEqual([
      ['a@0', 1, 3],
      ['a@0', 2, 7],
      ['a@5', 1, 7],
      ['a@5', 2, 12],
      ['a@10', 1, 12],
    ]);
  });

  it('leaves a late record out of the windows that have closed, and counts it in the others', async () => {
    const { send, read, late } = windowsRig({ windows: TimeWindows.ofSizeAndGrace(10, 2).advanceBy(5) });
    await send([counted('a', 12), counted('a', 7)]);
    expect(read()).toEqual([
      ['a@5', 1, 12],
      ['a@10', 1, 12],
      ['a@5', 2, 12],
    ]);
    expect(late).toEqual(['a:7 for 0 at 12']);
  });
});

describe('other aggregates in windows', () => {
  const numbers = jsonSerde<number>();
  const windows = TimeWindows.ofSizeWithNoGrace(10);
  const keySerde = windowedSerde(stringSerde, 10);
  const grouped = () => {
    const builder = new StreamsBuilder('windows').deadLettersTo('dlq');
    return { builder, grouped: builder.stream<string, number>('in', Consumed.with(numbers)).groupByKey() };
  };
  const records = [
    { key: 'k', value: 4, timestamp: 1 },
    { key: 'k', value: 9, timestamp: 2 },
    { key: 'k', value: 2, timestamp: 11 },
  ];

  it('reduce', async () => {
    const { builder, grouped: stream } = grouped();
    const greatest = stream.windowedBy(windows).reduce((a, b) => Math.max(a, b));
    greatest.toStream().to('out', Produced.withKey(keySerde, numbers));
    const driver = new TopologyTestDriver(builder.build());
    await driver.pipe('in', numbers, records);
    expect(driver.createOutputTopic('out', keySerde, numbers).readValues()).toEqual([4, 9, 2]);
  });

  it('aggregate, where null deletes the window of the key', async () => {
    const { builder, grouped: stream } = grouped();
    const materialized = { ...Materialized.as('texts', stringSerde), retentionMs: 1_000 };
    stream
      .windowedBy(windows)
      .aggregate(
        () => '=',
        (key, value, text) => (value === 9 ? null : `${text}${key}${String(value)}`),
        materialized,
      )
      .toStream()
      .to('out', Produced.withKey(keySerde, stringSerde));
    const driver = new TopologyTestDriver(builder.build());
    await driver.pipe('in', numbers, records);
    expect(driver.createOutputTopic('out', keySerde, stringSerde).readKeyValues()).toEqual([
      [{ key: 'k', window: { start: 0, end: 10 } }, '=k4'],
      [{ key: 'k', window: { start: 0, end: 10 } }, null],
      [{ key: 'k', window: { start: 10, end: 20 } }, '=k2'],
    ]);
  });

  it('fail the record whose late-record hook fails', async () => {
    const { builder, grouped: stream } = grouped();
    const onLate = (): never => {
      throw new RangeError('Not now');
    };
    stream.windowedBy(windows, { onLate }).count();
    const driver = new TopologyTestDriver(builder.build());
    await driver.pipe('in', numbers, [...records, { key: 'k', value: 77, timestamp: 3 }]);
    expect(driver.readBytes('dlq').map(({ value }) => String(value))).toEqual(['77']);
  });
});
