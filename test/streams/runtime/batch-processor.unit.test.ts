import { bufferCount, map, mergeMap, type OperatorFunction } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  Consumed,
  LogAndFailExceptionHandler,
  jsonSerde,
  named,
  perRecord,
  processBatch,
  Produced,
  RecordRefusedError,
  type Serde,
  StateStoreError,
  type StreamRecord,
  StreamsBuilder,
  StreamsStateError,
  type Topology,
  withValue,
} from '../../../src/streams/index.ts';
import type { ConsumedRecord } from '../../../src/streams/ports.ts';
import { BatchProcessor, type ProcessedBatch } from '../../../src/streams/runtime/batch-processor.ts';
import { LogAndContinueExceptionHandler, type ExceptionHandlers } from '../../../src/streams/runtime/failures.ts';
import { MemoryState } from '../../../src/streams/state/memory-state.ts';
import { AwayError, BadError, consumed, graphOf, jsonOf, recordingLogger } from '../harness.ts';

type Numbers = StreamRecord<string, number>;
const serde = jsonSerde<number>();
const from = Consumed.with(serde);
const into = Produced.with(serde);
const seen = { name: 'seen', valueSerde: serde };

/** Marks each record as seen, as a dedupe does, before anything behind it may fail. */
const markSeen = processBatch<string, number, string, number>('mark-seen', {
  stores: [seen],
  create: (context) => {
    const store = context.store(seen);
    return async (records) => {
      await store.load(records.map(({ value }) => String(value)));
      for (const { value } of records) store.put(String(value), value);
      return records;
    };
  },
});

/** in → mark-seen → the step → out, with a place for dead letters unless it is taken away. */
const topologyOf = (
  step: OperatorFunction<Numbers, Numbers> | ReturnType<typeof perRecord<string, number, string, number>>,
  options: { readonly deadLetters?: boolean; readonly valueSerde?: Serde<number> } = {},
): Topology => {
  const builder = new StreamsBuilder('numbers');
  if (options.deadLetters !== false) builder.deadLettersTo('dlq');
  builder
    .stream<string, number>('in', { ...from, name: 'numbers' })
    .pipe(markSeen, step)
    .to('out', { ...into, ...(options.valueSerde && { valueSerde: options.valueSerde }), name: 'results' });
  return builder.build();
};

const processorOf = (topology: Topology, handlers: Partial<ExceptionHandlers> = {}, state = new MemoryState()) => {
  const logger = recordingLogger();
  const graph = graphOf(topology, state, logger);
  const all = { deserialization: LogAndContinueExceptionHandler, processing: LogAndContinueExceptionHandler };
  const processor = new BatchProcessor(
    topology,
    graph,
    { ...all, production: LogAndContinueExceptionHandler, ...handlers },
    logger,
  );
  return {
    logger,
    process: (records: readonly ConsumedRecord[], attempt = { number: 1, isLast: true }): Promise<ProcessedBatch> =>
      processor.process({ records, streamTime: 0, wallClock: 0 }, attempt),
  };
};

const numbers = (values: readonly unknown[]): ConsumedRecord[] =>
  values.map((value, offset) => consumed(value, { offset, key: `k${String(offset)}` }));

const valuesOf = (batch: ProcessedBatch, topic = 'out'): unknown[] => (batch.outputs.get(topic) ?? []).map(jsonOf);
const keysOf = (batch: ProcessedBatch): string[] => batch.changes.map(({ key }) => key);

/** Fails for negative numbers, in three ways a step can be written. */
const failing = {
  'a step for each record': perRecord<string, number, string, number>('step', (record) => {
    if (record.value < 0) throw new BadError('Negative');
    return [withValue(record, record.value * 10)];
  }),
  'a plain RxJS operator': map((record: Numbers) => {
    if (record.value < 0) throw new BadError('Negative');
    return withValue(record, record.value * 10);
  }),
  'a step for the batch that names the record': processBatch<string, number, string, number>('step', {
    create: (context) => (records) =>
      Promise.resolve(
        records.flatMap((record) => {
          if (record.value >= 0) return [withValue(record, record.value * 10)];
          context.fail(record, new BadError('Negative'));
          return [];
        }),
      ),
  }),
  'a step for the batch that only throws': processBatch<string, number, string, number>('step', {
    create: () => (records) => {
      if (records.some(({ value }) => value < 0)) return Promise.reject(new BadError('Negative'));
      return Promise.resolve(records.map((record) => withValue(record, record.value * 10)));
    },
  }),
};

describe.each(Object.entries(failing))('a record that fails in %s', (_name, step) => {
  it.each([
    ['first', [-1, 2, 3], [20, 30], ['2', '3'], 1],
    ['in the middle', [1, -2, 3], [10, 30], ['1', '3'], 1],
    ['last', [1, 2, -3], [10, 20], ['1', '2'], 1],
    ['twice', [-1, 2, -3, 4], [20, 40], ['2', '4'], 2],
    ['in every place', [-1, -2, -3], [], [], 3],
  ])('%s costs itself and nothing else', async (_place, values, outputs, marks, dead) => {
    const batch = await processorOf(topologyOf(step)).process(numbers(values));
    expect(valuesOf(batch)).toEqual(outputs);
    expect(keysOf(batch)).toEqual(marks);
    expect(valuesOf(batch, 'dlq')).toEqual(values.filter((value) => value < 0));
    expect(batch.failures).toHaveLength(dead);
    expect(batch.failures.map(({ stage }) => stage)).toEqual(Array.from({ length: dead }, () => 'processing'));
  });

  it('leaves no trace in a store that an earlier node has written', async () => {
    const state = new MemoryState();
    const { process } = processorOf(topologyOf(step), {}, state);
    const batch = await process(numbers([1, -2]));
    await state.apply(batch.changes, new Map(), 0);
    expect(await state.getMany('seen', ['1', '-2'])).toEqual([Buffer.from('1'), undefined]);
    // Nor in the next batch, which must not see what the failed pass had put there.
    const again = await process(numbers([5]));
    expect(keysOf(again)).toEqual(['5']);
  });

  it('keeps the order of its neighbours', async () => {
    const values = Array.from({ length: 1_000 }, (_, index) => (index % 97 === 0 ? -index - 1 : index));
    const batch = await processorOf(topologyOf(step)).process(numbers(values));
    expect(valuesOf(batch)).toEqual(values.filter((value) => value >= 0).map((value) => value * 10));
    expect(valuesOf(batch, 'dlq')).toEqual(values.filter((value) => value < 0));
  });
});

describe('a batch', () => {
  it('flushes bufferCount at its end', async () => {
    const sizes: number[] = [];
    const buffered: OperatorFunction<Numbers, Numbers> = (records) =>
      records.pipe(
        bufferCount(4),
        mergeMap((batch) => {
          sizes.push(batch.length);
          return batch;
        }),
      );
    const batch = await processorOf(topologyOf(buffered)).process(numbers([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]));
    expect(sizes).toEqual([4, 4, 2]);
    expect(valuesOf(batch)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('hands a step at most as many records as it asked for', async () => {
    const sizes: number[] = [];
    const step = processBatch<string, number, string, number>('step', {
      maxRecords: 3,
      create: () => (records) => {
        sizes.push(records.length);
        return Promise.resolve(records);
      },
    });
    await processorOf(topologyOf(step)).process(numbers([1, 2, 3, 4, 5, 6, 7]));
    expect(sizes).toEqual([3, 3, 1]);
  });

  it('computes a node with several children once, and writes to one topic in the order of the sinks', async () => {
    let runs = 0;
    const builder = new StreamsBuilder('fork');
    const counted = builder.stream<string, number>('in', from).peek(() => {
      runs += 1;
    }, 'count');
    counted.filter((value) => value % 2 === 0, 'even').to('out', { ...into, name: 'evens' });
    counted.filter((value) => value % 2 === 1, 'odd').to('out', { ...into, name: 'odds' });
    const batch = await processorOf(builder.build()).process(numbers([1, 2, 3, 4]));
    expect(runs).toBe(4);
    expect(valuesOf(batch)).toEqual([2, 4, 1, 3]);
  });

  it('reads what it has written itself, and commits the last word of each key', async () => {
    const totals = { name: 'totals', valueSerde: serde };
    const adding = processBatch<string, number, string, number>('add', {
      stores: [totals],
      create: (context) => {
        const store = context.store(totals);
        return async (records) => {
          await store.load(['sum']);
          for (const { value } of records) store.put('sum', (store.get('sum') ?? 0) + value);
          return records.map((record) => withValue(record, store.get('sum') ?? 0));
        };
      },
    });
    const builder = new StreamsBuilder('sums');
    builder.stream<string, number>('in', from).pipe(adding);
    const state = new MemoryState();
    const { process } = processorOf(builder.build(), {}, state);
    const batch = await process(numbers([1, 2, 3]));
    expect(batch.changes).toEqual([{ store: 'totals', key: 'sum', value: Buffer.from('6'), expiresAt: null }]);
    // The next one begins with what was committed, not with what this one had loaded.
    await state.apply(batch.changes, new Map(), 0);
    expect((await process(numbers([4]))).changes).toMatchObject([{ key: 'sum', value: Buffer.from('10') }]);
  });

  it('keeps key, time and headers of a record on its way', async () => {
    const headers = { correlation_id: Buffer.from('c-1'), twice: [Buffer.from('a'), Buffer.from('b')] };
    const record = consumed(7, { key: 'merchant', timestamp: 1_234, headers });
    const batch = await processorOf(topologyOf(map((each: Numbers) => each))).process([record]);
    expect(batch.outputs.get('out')).toEqual([
      { key: Buffer.from('merchant'), value: Buffer.from('7'), timestamp: 1_234, headers },
    ]);
  });

  it('may be empty', async () => {
    const batch = await processorOf(topologyOf(map((each: Numbers) => each))).process([]);
    expect([valuesOf(batch), batch.changes, batch.failures]).toEqual([[], [], []]);
  });

  it('ends with an error when a step fails a record of another batch, and does not run for ever', async () => {
    const kept: Numbers[] = [];
    const step = processBatch<string, number, string, number>('hoarder', {
      create: (context) => (records) => {
        kept.push(...records);
        context.fail(kept[0]!, new BadError('Late'));
        return Promise.resolve([]);
      },
    });
    const { process } = processorOf(topologyOf(step));
    await process(numbers([1]));
    const later = numbers([2]).map((record) => ({ ...record, offset: record.offset + 1 }));
    await expect(process(later)).rejects.toThrow(StreamsStateError);
  });

  it('ends with the error of a step that fails for all of them but for none alone', async () => {
    const step = processBatch<string, number, string, number>('crowded', {
      create: () => (records) =>
        records.length > 1 ? Promise.reject(new BadError('Too many at once')) : Promise.resolve(records),
    });
    await expect(processorOf(topologyOf(step)).process(numbers([1, 2]))).rejects.toThrow('Too many at once');
  });

  it('refuses a step a store it did not declare', () => {
    const step = processBatch<string, number, string, number>('sneaky', {
      create: (context) => {
        context.store(seen);
        return (records) => Promise.resolve(records);
      },
    });
    expect(() => processorOf(topologyOf(step))).toThrow('sneaky uses store seen undeclared');
  });
});

describe('a record that cannot be read', () => {
  it.each([
    ['first', ['x', 1, 2], [1, 2]],
    ['in the middle', [1, 'x', 2], [1, 2]],
    ['last', [1, 2, 'x'], [1, 2]],
  ])('%s becomes a dead letter with its own bytes', async (_place, values, outputs) => {
    const records = values.map((value, offset) =>
      consumed(value === 'x' ? Buffer.from('{no json') : value, { offset }),
    );
    const batch = await processorOf(topologyOf(map((each: Numbers) => each))).process(records);
    expect(valuesOf(batch)).toEqual(outputs);
    expect(batch.outputs.get('dlq')?.map(({ value }) => value?.toString())).toEqual(['{no json']);
    expect(batch.failures[0]).toMatchObject({ stage: 'deserialization', node: 'numbers' });
  });

  it('may have no value at all', async () => {
    const batch = await processorOf(topologyOf(map((each: Numbers) => each))).process([consumed(null)]);
    expect(batch.failures.map(({ error }) => error.message)).toEqual(['The record has no value']);
    expect(batch.outputs.get('dlq')).toMatchObject([{ value: null }]);
  });

  it('may have no key, and is then read without one', async () => {
    const batch = await processorOf(topologyOf(map((each: Numbers) => each))).process([consumed(3, { key: null })]);
    expect(batch.outputs.get('out')).toMatchObject([{ key: null, value: Buffer.from('3') }]);
  });
});

describe('a record that cannot be written', () => {
  const picky: Serde<number> = {
    ...serde,
    serialize: (value) => {
      if (value === 13) throw new BadError('Unlucky');
      return serde.serialize(value);
    },
  };

  it('costs itself, and what was written for it before', async () => {
    const topology = topologyOf(
      map((each: Numbers) => each),
      { valueSerde: picky },
    );
    const batch = await processorOf(topology).process(numbers([12, 13, 14]));
    expect(valuesOf(batch)).toEqual([12, 14]);
    expect(keysOf(batch)).toEqual(['12', '14']);
    expect(batch.failures).toMatchObject([{ stage: 'production', node: 'results' }]);
  });
});

describe('an error that may pass', () => {
  const away = perRecord<string, number, string, number>('step', (record) => {
    if (record.value === 2) throw new AwayError('Away');
    return [record];
  });
  const soon = { number: 1, isLast: false };

  it('is thrown, with nothing handed to a handler, so that the batch is tried again', async () => {
    const asked: string[] = [];
    const { process } = processorOf(topologyOf(away), {
      processing: ({ error }) => {
        asked.push(error.message);
        return 'CONTINUE';
      },
    });
    await expect(process(numbers([1, 2, 3]), soon)).rejects.toThrow(AwayError);
    expect(asked).toEqual([]);
  });

  it('becomes a dead letter at the last attempt, marked as one that may be replayed', async () => {
    const batch = await processorOf(topologyOf(away)).process(numbers([1, 2, 3]), { number: 4, isLast: true });
    expect(valuesOf(batch)).toEqual([1, 3]);
    expect(batch.outputs.get('dlq')?.[0]?.headers).toMatchObject({
      '__streams.errors.retryable': 'true',
      '__streams.errors.attempts': '4',
    });
  });

  it('is thrown also where a step fails as a whole', async () => {
    const step = processBatch<string, number, string, number>('step', {
      create: () => () => Promise.reject(new AwayError('Away')),
    });
    await expect(processorOf(topologyOf(step)).process(numbers([1, 2]), soon)).rejects.toThrow(AwayError);
    const last = await processorOf(topologyOf(step)).process(numbers([1, 2]));
    expect(last.failures).toHaveLength(2);
  });

  it('is found among the records where the batch fails for another reason', async () => {
    const step = map((record: Numbers): Numbers => {
      if (record.value === 1) throw new BadError('Bad');
      if (record.value === 2) throw new AwayError('Away');
      return record;
    });
    await expect(processorOf(topologyOf(step)).process(numbers([1, 2, 3]), soon)).rejects.toThrow(AwayError);
  });

  it('is thrown while the schemas of the records cannot be asked for', async () => {
    const builder = new StreamsBuilder('schemas').deadLettersTo('dlq');
    const valueSerde = { ...serde, prepare: () => Promise.reject(new AwayError('The registry is away')) };
    builder.stream<string, number>('in', Consumed.with(valueSerde));
    for (const isLast of [false, true]) {
      const attempt = { number: 1, isLast };
      await expect(processorOf(builder.build()).process(numbers([1]), attempt)).rejects.toThrow(AwayError);
    }
  });

  it('leaves nothing behind for the next attempt', async () => {
    let isAway = true;
    const step = perRecord<string, number, string, number>('step', (record) => {
      if (isAway) throw new AwayError('Away');
      return [record];
    });
    const { process } = processorOf(topologyOf(step));
    await expect(process(numbers([1]), soon)).rejects.toThrow(AwayError);
    isAway = false;
    const batch = await process(numbers([2]), soon);
    expect(keysOf(batch)).toEqual(['2']);
  });
});

describe('the exception handlers', () => {
  it('are asked once for each record, each for its own stage', async () => {
    const asked: string[] = [];
    const note = (name: string) => () => {
      asked.push(name);
      return 'CONTINUE' as const;
    };
    const { process } = processorOf(topologyOf(failing['a plain RxJS operator']), {
      deserialization: note('deserialization'),
      processing: note('processing'),
    });
    await process([...numbers([1, -2, -3]), consumed(Buffer.from('{'), { offset: 3 })]);
    expect(asked).toEqual(['deserialization', 'processing', 'processing']);
  });

  it('are asked once for a record that fails in two branches, which makes one dead letter', async () => {
    const asked: string[] = [];
    const builder = new StreamsBuilder('branches').deadLettersTo('dlq');
    const stream = builder.stream<string, number>('in', from);
    for (const branch of ['left', 'right']) {
      stream.peek(() => {
        throw new BadError(branch);
      }, branch);
    }
    const { process } = processorOf(builder.build(), {
      processing: ({ node }) => {
        asked.push(node);
        return 'CONTINUE';
      },
    });
    const batch = await process(numbers([1]));
    expect(asked).toEqual(['left']);
    expect(batch.outputs.get('dlq')).toHaveLength(1);
  });

  it.each(['deserialization', 'processing'] as const)('stop the batch when that of %s answers FAIL', async (stage) => {
    const { process } = processorOf(topologyOf(failing['a plain RxJS operator']), {
      [stage]: LogAndFailExceptionHandler,
    });
    const bad = stage === 'processing' ? consumed(-1) : consumed(Buffer.from('{'));
    const outcome = process([bad]);
    await expect(outcome).rejects.toThrow(RecordRefusedError);
    await expect(outcome).rejects.toMatchObject({
      facts: { stage, topic: 'in', partition: 0, offset: 0 },
      cause: expect.any(Error) as unknown,
    });
  });

  it('stop the batch for good, also when the error might pass', async () => {
    const step = perRecord<string, number, string, number>('step', () => {
      throw new AwayError('Away');
    });
    const { process } = processorOf(topologyOf(step), { processing: LogAndFailExceptionHandler });
    await expect(process(numbers([1]))).rejects.toMatchObject({ code: 'RECORD_REFUSED', retryable: false });
  });

  it('drop the record where the topology has no place for dead letters', async () => {
    const topology = topologyOf(failing['a plain RxJS operator'], { deadLetters: false });
    const { process, logger } = processorOf(topology);
    const batch = await process(numbers([1, -2]));
    expect([...batch.outputs.keys()]).toEqual(['out']);
    expect(logger.lines).toMatchObject([
      {
        level: 'warn',
        message: 'A record was not processed',
        fields: { stage: 'processing', topic: 'in', partition: 0, offset: 1, dead_letter_topic: null },
      },
    ]);
  });
});

describe('a local store that cannot be read', () => {
  const broken = new (class extends MemoryState {
    override getMany(): Promise<(Buffer | undefined)[]> {
      return Promise.reject(new Error('IO error: bad sector'));
    }
  })();

  it('is no fault of the records: none of them becomes a dead letter', async () => {
    const { process } = processorOf(topologyOf(map((each: Numbers) => each)), {}, broken);
    await expect(process(numbers([1, 2, 3]))).rejects.toThrow(StateStoreError);
  });

  it('is no fault of them either when it breaks while the bad one is searched', async () => {
    let reads = 0;
    const breaking = new (class extends MemoryState {
      override getMany(store: string, keys: readonly string[]): Promise<(Buffer | undefined)[]> {
        reads += 1;
        return reads > 1 ? Promise.reject(new Error('IO error')) : super.getMany(store, keys);
      }
    })();
    // The second pass loads another key than the first has.
    const step = named<string, number, string, number>(
      'bad',
      map((record) => {
        if (record.value === 1) throw new BadError('Bad');
        return record;
      }),
    );
    const late = processBatch<string, number, string, number>('late', {
      stores: [seen],
      create: (context) => async (records) => {
        if (records.length === 1) await context.store(seen).load(['another']);
        return records;
      },
    });
    const builder = new StreamsBuilder('numbers').deadLettersTo('dlq');
    builder.stream<string, number>('in', from).pipe(markSeen, late, step);
    await expect(processorOf(builder.build(), {}, breaking).process(numbers([1, 2]))).rejects.toThrow(StateStoreError);
  });
});
