import { filter, map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  Consumed,
  jsonSerde,
  type KStream,
  Produced,
  type StreamRecord,
  StreamsBuilder,
  TopologyTestDriver,
} from '../../src/streams/index.ts';
import { BadError } from './harness.ts';

type Numbers = StreamRecord<string, number>;
const serde = jsonSerde<number>();
const texts = jsonSerde<string>();

/** What a stream of numbers becomes on its way to `out`. */
const results = async (
  declare: (stream: KStream<string, number>) => KStream<string, number>,
  values: readonly number[],
): Promise<[key: string | null, value: number][]> => {
  const builder = new StreamsBuilder('numbers').deadLettersTo('dlq');
  declare(builder.stream('in', Consumed.with(serde))).to('out', Produced.with(serde));
  const driver = new TopologyTestDriver(builder.build());
  await driver.pipe(
    'in',
    serde,
    values.map((value) => ({ key: `k${String(value)}`, value })),
  );
  return driver.read('out', serde).map(({ key, value }) => [key, value]);
};

describe('a stream', () => {
  it('maps values, and keeps keys', async () => {
    expect(await results((stream) => stream.mapValues((value) => value * 10), [1, 2])).toEqual([
      ['k1', 10],
      ['k2', 20],
    ]);
  });

  it('maps keys and values', async () => {
    const mapped = await results(
      (stream) => stream.map(({ key, value }) => ({ key: `${key}!`, value: value + 1 })),
      [1],
    );
    expect(mapped).toEqual([['k1!', 2]]);
  });

  it('makes none or many of one', async () => {
    const made = await results(
      (stream) => stream.flatMapValues((value) => Array<number>(value).fill(value)),
      [0, 1, 3],
    );
    expect(made.map(([, value]) => value)).toEqual([1, 3, 3, 3]);
  });

  it('chooses another key', async () => {
    expect(await results((stream) => stream.selectKey(({ value }) => String(value % 2)), [1, 2])).toEqual([
      ['1', 1],
      ['0', 2],
    ]);
  });

  it('filters', async () => {
    expect(await results((stream) => stream.filter((value) => value > 1), [1, 2, 3])).toHaveLength(2);
  });

  it('lets others look without changing anything', async () => {
    const looked: number[] = [];
    await results((stream) => stream.peek(({ value }) => looked.push(value)), [1, 2]);
    expect(looked).toEqual([1, 2]);
  });

  it('keeps the order of its records where branches meet again', async () => {
    const merged = await results(
      (stream) => {
        const { odd, rest } = stream.split({ odd: (value) => value % 2 === 1 });
        return odd.merge(rest.flatMapValues((value) => [value, value]));
      },
      [0, 1, 2, 3],
    );
    expect(merged.map(([, value]) => value)).toEqual([0, 0, 1, 2, 2, 3]);
  });

  it('goes through named steps and RxJS operators alike', async () => {
    const piped = await results(
      (stream) =>
        stream.pipe(
          filter(({ value }: Numbers) => value !== 2),
          map((record: Numbers) => ({ ...record, value: record.value * 2 })),
        ),
      [1, 2, 3],
    );
    expect(piped.map(([, value]) => value)).toEqual([2, 6]);
  });

  it('merged with another gives what a record becomes in both before the next record, its own first', async () => {
    const merged = await results(
      (stream) => stream.filter((value) => value > 1).merge(stream.mapValues((value) => -value)),
      [1, 2],
    );
    expect(merged.map(([, value]) => value)).toEqual([-1, 2, -2]);
  });

  it('whose record fails in any of them loses that record in all branches', async () => {
    const branches = await results(
      (stream) => {
        const failing = stream.mapValues((value) => {
          if (value === 2) throw new BadError('Two');
          return value * 100;
        });
        return stream.merge(failing);
      },
      [1, 2, 3],
    );
    expect(branches.map(([, value]) => value)).toEqual([1, 100, 3, 300]);
  });
});

describe('the test driver', () => {
  const driverOf = (now?: number) => {
    const builder = new StreamsBuilder('numbers').deadLettersTo('dlq');
    builder
      .stream<string, number>('in', Consumed.with(serde))
      .filter((value) => value > 0)
      .to('out', Produced.with(serde));
    return new TopologyTestDriver(builder.build(), now === undefined ? {} : { now });
  };

  it('gives records the time that was set, and moves it only when told', async () => {
    const driver = driverOf(5_000);
    await driver.pipe('in', serde, [{ key: 'a', value: 1 }]);
    await driver.advanceWallClockTime(250);
    await driver.pipe('in', serde, [
      { key: 'b', value: 2 },
      { key: 'c', value: 3, timestamp: 7 },
    ]);
    expect(driver.read('out', serde).map(({ timestamp }) => timestamp)).toEqual([5_000, 5_250, 7]);
  });

  it('takes what was written, once', async () => {
    const driver = driverOf();
    await driver.pipe('in', serde, [{ key: 'a', value: 1, headers: { trace: 't' } }]);
    expect(driver.read('out', serde)).toEqual([{ key: 'a', value: 1, timestamp: 0, headers: { trace: 't' } }]);
    expect(driver.read('out', serde)).toEqual([]);
    expect(driver.read('nowhere', serde)).toEqual([]);
  });

  it('puts what cannot be read into the dead letters, byte for byte', async () => {
    const driver = driverOf();
    await driver.pipe('in', texts, [{ key: 'a', value: 'x' }]);
    await driver.pipeBytes([
      {
        ...{ topic: 'in', partition: 0, offset: 9, timestamp: 1, headers: {} },
        key: Buffer.from('a'),
        value: Buffer.from('{'),
      },
    ]);
    expect(driver.readBytes('dlq').map(({ value }) => value?.toString())).toEqual(['{']);
  });

  it('rejects where the streams would stop', async () => {
    const builder = new StreamsBuilder('numbers');
    builder.stream<string, number>('in', Consumed.with(serde)).peek(() => {
      throw new BadError('Bad');
    });
    const driver = new TopologyTestDriver(builder.build(), { handlers: { processing: () => 'FAIL' } });
    await expect(driver.pipe('in', serde, [{ key: 'a', value: 1 }])).rejects.toThrow(
      'An exception handler answered FAIL',
    );
  });
});
