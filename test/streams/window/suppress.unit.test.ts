import { describe, expect, it } from 'vitest';
import {
  Consumed,
  LogAndContinueExceptionHandler,
  jsonSerde,
  type KTable,
  longSerde,
  Produced,
  type Serde,
  StreamsBuilder,
  stringSerde,
  Suppressed,
  TimeWindows,
  type Topology,
  TopologyTestDriver,
  type Windowed,
  windowedSerde,
} from '../../../src/streams/index.ts';
import { BatchProcessor } from '../../../src/streams/runtime/batch-processor.ts';
import { MemoryState } from '../../../src/streams/state/memory-state.ts';
import type { StoreChange } from '../../../src/streams/state/store.ts';
import { bufferSerde } from '../../../src/streams/window/suppress-buffer.ts';
import { BadError, consumed, graphOf, recordingLogger } from '../harness.ts';
import { counted, windowsRig } from './windows-rig.ts';

const numbers = jsonSerde<number>();
const windows = TimeWindows.ofSizeAndGrace(10, 5);
const keySerde = windowedSerde(stringSerde, 10);

/** Sums in windows of 10 ms and 5 ms of grace, as `declare` makes them go on. */
const sums = (
  declare: (table: KTable<Windowed<string>, number>) => KTable<Windowed<string>, number>,
  resultSerde: Serde<number> = numbers,
): Topology => {
  const builder = new StreamsBuilder('sums').deadLettersTo('dlq');
  const stream = builder.stream<string, number>('in', Consumed.with(numbers));
  const table = stream
    .groupByKey()
    .windowedBy(windows)
    .reduce((total, value) => total + value, { name: 'sums' });
  declare(table).toStream().to('out', Produced.withKey(keySerde, resultSerde));
  stream.peek((record) => {
    if (record.value < 0) throw new BadError('Negative');
  });
  return builder.build();
};

const until = { name: 'until' };
const final = (table: KTable<Windowed<string>, number>): KTable<Windowed<string>, number> =>
  table.suppress(Suppressed.untilWindowCloses(until));

const driverOf = (topology: Topology) => {
  const driver = new TopologyTestDriver(topology);
  const output = driver.createOutputTopic('out', keySerde, numbers);
  return {
    driver,
    input: driver.createInputTopic('in', stringSerde, numbers),
    results: () => output.readRecords().map(({ key, value }) => [key?.key, key?.window.start, value]),
    output,
  };
};

describe('suppress', () => {
  it('emits one result for each key and window, when the stream time reaches its end and grace', async () => {
    const { send, read } = windowsRig({ windows, suppress: true });
    await send([counted('a', 1), counted('a', 2), counted('a', 14), counted('a', 3)]);
    expect(read()).toEqual([]);
    await send([counted('b', 15)]);
    expect(read()).toEqual([['a@0', 3, 3]]);
    await send([counted('b', 16)]);
    await send([counted('a', 4)]);
    expect(read()).toEqual([]);
    await send([counted('c', 1_000)]);
    expect(read()).toEqual([
      ['a@10', 1, 14],
      ['b@10', 2, 16],
    ]);
  });

  it('is moved by any record of the task', async () => {
    const { send, read } = windowsRig({ windows, suppress: true });
    await send([counted('a', 1)]);
    await send([{ key: 'x', fate: 'filtered', timestamp: 15 }]);
    expect(read()).toEqual([['a@0', 1, 1]]);
  });

  it('emits by the windows’ ends and then by the keys', async () => {
    const { send, read } = windowsRig({ windows, suppress: true });
    await send([counted('b', 11), counted('é', 12), counted('z', 1), counted('B', 11), counted('ba', 10)]);
    await send([counted('a', 30)]);
    expect(read().map(([key]) => key)).toEqual(['z@0', 'B@10', 'b@10', 'ba@10', 'é@10']);
  });

  it('holds a window that was closed and opened by the same batch', async () => {
    const { send, read } = windowsRig({ windows: TimeWindows.ofSizeWithNoGrace(10), suppress: true });
    await send([counted('a', 1), counted('a', 25), counted('b', 2), counted('a', 29)]);
    expect(read()).toEqual([['a@0', 1, 1]]);
  });

  it('emits nothing for what was deleted meanwhile, and the last value of what came back', async () => {
    const small = sums((table) => final(table.filter((sum) => sum < 10)));
    const { input, results } = driverOf(small);
    await input.pipeRecords([
      { key: 'gone', value: 9, timestamp: 1 },
      { key: 'gone', value: 5, timestamp: 2 },
      { key: 'back', value: 12, timestamp: 3 },
      { key: 'stays', value: 7, timestamp: 4 },
    ]);
    await input.pipeInput('later', 1, 15);
    expect(results()).toEqual([['stays', 0, 7]]);
  });

  it('gives a result the time and the headers of the last record in it', async () => {
    const { input, output } = driverOf(sums(final));
    const headers = { trace: 't', many: ['a', Buffer.from('b')] };
    await input.pipeInput('k', 1, 2);
    await input.pipeInput('k', 1, 1, headers);
    await input.pipeInput('later', 1, 15);
    expect(output.readRecords()).toEqual([
      {
        ...{ key: { key: 'k', window: { start: 0, end: 10 } }, value: 2, timestamp: 2 },
        headers: { trace: Buffer.from('t'), many: [Buffer.from('a'), Buffer.from('b')] },
      },
    ]);
  });

  it('counts a bad record out of the result of its window', async () => {
    const { input, results, driver } = driverOf(sums(final));
    await input.pipeRecords([
      { key: 'k', value: 1, timestamp: 1 },
      { key: 'k', value: -1, timestamp: 2 },
      { key: 'only', value: -1, timestamp: 2 },
      { key: 'k', value: 2, timestamp: 3 },
      { key: 'later', value: 1, timestamp: 15 },
    ]);
    expect(results()).toEqual([['k', 0, 3]]);
    expect(driver.readBytes('dlq')).toHaveLength(2);
  });

  it('loses no other result where one cannot be written, also when the batch has a bad record', async () => {
    const picky: Serde<number> = {
      ...numbers,
      serialize: (value) => {
        if (value === 13) throw new BadError('Thirteen');
        return numbers.serialize(value);
      },
    };
    const { input, results, driver } = driverOf(sums(final, picky));
    await input.pipeRecords([
      // Its result is the first of all, until the record has failed: that moves the others to the front.
      { key: 'a', value: -1, timestamp: 1 },
      ...['b', 'c', 'd', 'e'].map((key) => ({ key, value: key === 'c' ? 13 : 1, timestamp: 2 })),
      { key: 'later', value: 1, timestamp: 15 },
    ]);
    expect(results().map(([key]) => key)).toEqual(['b', 'd', 'e']);
    const letters = driver.readBytes('dlq').map(({ key, value }) => [key?.toString('latin1'), value?.toString()]);
    expect(letters.sort()).toEqual([
      ['a', '-1'],
      ['c\0\0\0\0\0\0\0\0', '13'],
    ]);
  });

  it('goes on where the stream time was set back, and loses nothing', async () => {
    const run = worker(sums(final));
    await run.batch([
      ['a', 1, 1_001],
      ['a', 1, 1_015],
    ]);
    expect(run.outputs()).toEqual(['a 1']);
    run.restart({ streamTime: 0 });
    await run.batch([['b', 5, 21]]);
    await run.batch([['c', 6, 500]]);
    expect(run.outputs()).toEqual(['b 5']);
    await run.batch([['d', 7, 1_030]]);
    expect(run.outputs()).toEqual(['b 5', 'c 6', 'a 1']);
  });

  it('takes a time that no clock shows for the end of all windows, and stays alive', async () => {
    const { input, results } = driverOf(sums(final));
    await input.pipeInput('a', 1, 1);
    // Microseconds, where milliseconds were meant.
    await input.pipeInput('b', 1, 1_700_000_000_000_000);
    await input.pipeInput('c', 1, 1_700_000_000_000_001);
    await input.pipeInput('d', 1, 2);
    expect(results()).toEqual([['a', 0, 1]]);
  });

  it('cannot be asked of a table that has no windows, or whose values nobody can write', () => {
    const builder = new StreamsBuilder('sums');
    const windowed = builder.stream('in', Consumed.withKey(keySerde, numbers)).groupByKey().count();
    expect(() => windowed.suppress(Suppressed.untilWindowCloses())).toThrow(
      'suppress behind KSTREAM-AGGREGATE-0000000001: only the tables of windowedBy know when their windows close',
    );
    const other = (valueSerde?: Serde<number>) =>
      sums((table) =>
        table
          .mapValues((value) => value * 2, 'double')
          .suppress(Suppressed.untilWindowCloses(valueSerde === undefined ? {} : { valueSerde })),
      );
    expect(() => other()).toThrow(
      'suppress behind double does not know how values are written: give it untilWindowCloses({ valueSerde })',
    );
    expect(
      other(numbers)
        .stores()
        .map(({ name }) => name),
    ).toEqual(['sums', 'KTABLE-SUPPRESS-STATE-STORE-0000000003']);
  });

  it('goes on as a table that can be changed, but not joined', async () => {
    const { input, results } = driverOf(sums((table) => final(table).mapValues((sum) => sum * 100)));
    await input.pipeInput('a', 1, 1);
    await input.pipeInput('a', 1, 15);
    expect(results()).toEqual([['a', 0, 100]]);
    const builder = new StreamsBuilder('sums');
    const stream = builder.stream('in', Consumed.withKey(stringSerde, numbers));
    const table = stream.groupByKey().windowedBy(windows).count().suppress(Suppressed.untilWindowCloses(until));
    const other = builder.stream('other', Consumed.withKey(keySerde, numbers));
    expect(() =>
      other.join(
        table.filter(() => true),
        (a, b) => a + b,
      ),
    ).toThrow('table until cannot be joined: its results are emitted, not kept');
  });
});

type Row = readonly [key: string, value: number, timestamp: number];

/** A task that can be killed at any point: what has been committed is all that is left of it. */
const worker = (topology: Topology) => {
  let state = new MemoryState();
  const changelog: StoreChange[] = [];
  const committed: string[] = [];
  let streamTime = 0;
  let offset = 0;
  const open = () => {
    const logger = recordingLogger();
    const graph = graphOf(topology, state, logger);
    const handlers = {
      ...{ deserialization: LogAndContinueExceptionHandler, processing: LogAndContinueExceptionHandler },
      production: LogAndContinueExceptionHandler,
    };
    return new BatchProcessor(topology, graph, handlers, logger);
  };
  let processor = open();
  const process = async (rows: readonly Row[]) => {
    const records = rows.map(([key, value, timestamp], index) =>
      consumed(value, { key, timestamp, offset: offset + index }),
    );
    return processor.process({ records, streamTime, wallClock: 0 }, { number: 1, isLast: true });
  };
  return {
    outputs: () => committed,
    /** Processes a batch, and is killed before it commits. */
    uncommitted: process,
    batch: async (rows: readonly Row[]) => {
      const processed = await process(rows);
      offset += rows.length;
      streamTime = processed.streamTime;
      changelog.push(...processed.changes);
      for (const { key, value } of processed.outputs.get('out') ?? []) {
        const windowed = keySerde.deserialize(key ?? Buffer.alloc(0));
        committed.push(`${windowed.key} ${String(value)}`);
      }
      await state.apply(processed.changes, new Map(), processed.streamTime);
    },
    restart: (options: { readonly streamTime?: number } = {}) => {
      streamTime = options.streamTime ?? streamTime;
      if (options.streamTime !== undefined) committed.length = 0;
      processor = open();
    },
    /** With an empty disk: the stores are what the changelog says. */
    restore: async () => {
      state = new MemoryState();
      await state.apply(changelog, new Map(), 0);
      processor = open();
    },
  };
};

describe('results that are held back', () => {
  const batches: readonly (readonly Row[])[] = [
    [
      ['a', 1, 1],
      ['b', 2, 9],
    ],
    [['a', 1, 12]],
    [
      ['c', 5, 15],
      ['c', 6, 27],
    ],
    [['d', 1, 300]],
  ];
  const expected = ['a 1', 'b 2', 'a 1', 'c 5', 'c 6'];

  it('survive a kill before every commit, and are emitted once', async () => {
    const run = worker(sums(final));
    for (const batch of batches) {
      await run.uncommitted(batch);
      run.restart();
      await run.batch(batch);
      run.restart();
    }
    expect(run.outputs()).toEqual(expected);
  });

  it('survive the loss of the disk, and are emitted once', async () => {
    const run = worker(sums(final));
    for (const batch of batches) {
      await run.batch(batch);
      await run.restore();
    }
    expect(run.outputs()).toEqual(expected);
  });
});

describe('the serde of held back results', () => {
  it('prepares for the values alone, also of those that are nothing but a bound', async () => {
    const prepared: (string | undefined)[] = [];
    const serde = bufferSerde<string>({
      ...stringSerde,
      prepare: (payloads) => {
        prepared.push(...payloads.map((payload) => payload?.toString()));
        return Promise.resolve();
      },
    });
    const result = { kind: 'result', timestamp: 5, headers: { a: Buffer.from('1') }, bytes: Buffer.from('v') } as const;
    const bound = { kind: 'emitted', upTo: 7 } as const;
    expect(serde.deserialize(serde.serialize(result))).toEqual(result);
    expect(serde.deserialize(serde.serialize(bound))).toEqual(bound);
    await serde.prepare?.([serde.serialize(result), serde.serialize(bound), null]);
    expect(prepared).toEqual(['v', undefined, undefined]);
    expect(() => serde.deserialize(Buffer.alloc(3))).toThrow('A held back result is cut off');
    expect(longSerde.deserialize(longSerde.serialize(-5))).toBe(-5);
  });
});
