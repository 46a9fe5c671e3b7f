import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  Consumed,
  LogAndFailExceptionHandler,
  type GlobalMaterialized,
  jsonSerde,
  KafkaStreams,
  Produced,
  RecordRefusedError,
  type Serde,
  StreamsBuilder,
  StreamsStateError,
  type StreamsOptions,
} from '../../../src/streams/index.ts';
import type { FetchedChunk, PartitionOffset, TopicReaderOptions } from '../../../src/streams/ports.ts';
import { FakeCluster } from '../fakes.ts';
import { AwayError, recordingLogger } from '../harness.ts';

const numbers = jsonSerde<number>();

let stateDir = '';
const ends: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'points-globals-'));
  ends.push(() => rm(stateDir, { recursive: true, force: true }));
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const rates = (partition: number) => ({ topic: 'rates', partition });
const record = (key: string | null, value: unknown) => ({
  ...{ key: key === null ? null : Buffer.from(key), timestamp: 0, headers: {} },
  value: value === null ? null : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
});

/** Streams with a global table of two partitions, on a cluster that lives longer than they do. */
const rig = (
  options: Partial<StreamsOptions> & {
    readonly cluster?: FakeCluster;
    readonly serde?: Serde<number>;
    readonly kept?: NonNullable<GlobalMaterialized['kept']>;
  } = {},
) => {
  const { cluster = new FakeCluster(), serde = numbers, kept, ...own } = options;
  for (const topic of ['in', 'out', 'rates', 'dlq']) cluster.topics.set(topic, 2);
  const builder = new StreamsBuilder('globals').deadLettersTo('dlq');
  const table = builder.globalTable('rates', Consumed.with(serde), kept === undefined ? {} : { kept });
  builder
    .stream('in', Consumed.with(numbers))
    .join(
      table,
      ({ key }) => key,
      (value, rate) => value * rate,
    )
    .to('out', Produced.with(numbers));
  const logger = recordingLogger();
  const fatal: Error[] = [];
  const failures: string[] = [];
  /** Where the reading of each partition began. */
  const begun: PartitionOffset[] = [];
  const read = FakeCluster.prototype.topicReader.bind(cluster);
  cluster.topicReader = (readerOptions) => {
    begun.push(...readerOptions.positions);
    return read(readerOptions);
  };
  const streams = new KafkaStreams(builder.build(), {
    ...{ applicationId: 'app', clientSupplier: cluster, stateDir, logger },
    retryPolicy: { delaysMs: [1], afterwards: 'keep-trying' },
    ...own,
    listener: {
      onFatal: (_topology, error) => {
        fatal.push(error);
      },
      onFailure: (_topology, { stage, source }) => {
        failures.push(`${stage} ${String(source.offset)}`);
      },
      ...own.listener,
    },
  });
  ends.push(() => streams.close().catch(() => undefined));
  return {
    ...{ cluster, streams, logger, fatal, failures },
    offsets: () => begun.map(({ offset }) => offset),
    all: () => streams.store<number>('rates-store').range({}),
    messages: () => logger.lines.map(({ message }) => message),
  };
};

/** A reader that hands over what a test says when it says so. */
const scripted = (cluster: FakeCluster) => {
  let options: TopicReaderOptions | null = null;
  let stops = 0;
  cluster.topicReader = (given) => {
    options = given;
    return { start: () => Promise.resolve(), stop: () => Promise.resolve(void (stops += 1)) };
  };
  const given = (): TopicReaderOptions => {
    if (options === null) throw new Error('nobody reads');
    return options;
  };
  return {
    isReading: () => options !== null,
    stops: () => stops,
    hand: (chunk: FetchedChunk) => given().onFetched(chunk),
    crash: (error: Error, restarts: boolean) => {
      given().onCrash(error, restarts);
    },
  };
};

describe('a global table', () => {
  it('has all partitions of what was there before the consumer joins, and follows from then on', async () => {
    const { cluster, streams, all } = rig();
    cluster.append(rates(0), [record('a', 1), record('b', 2), record('a', 3)]);
    cluster.append(rates(1), [record('c', 4)]);
    cluster.onStart = () => {
      expect(streams.status().globalTables).toEqual([
        { store: 'rates-store', topic: 'rates', isRestored: true, position: 4, lag: 0 },
      ]);
    };
    await streams.start();
    expect(cluster.calls).toContain('start');
    expect(await all()).toEqual([
      ['a', 3],
      ['b', 2],
      ['c', 4],
    ]);
    cluster.append(rates(1), [record('b', 7), record('c', null)]);
    await vi.waitFor(async () => {
      expect(await all()).toEqual([
        ['a', 3],
        ['b', 7],
      ]);
    });
  });

  it('goes on from its checkpoint after a restart, with a deletion it missed', async () => {
    const first = rig();
    first.cluster.append(rates(0), [record('a', 1), record('b', 2)]);
    await first.streams.start();
    await first.streams.close();
    first.cluster.append(rates(0), [record('a', null)]);
    const second = rig({ cluster: first.cluster });
    await second.streams.start();
    expect(first.offsets()).toEqual([0, 0]);
    expect(second.offsets()).toEqual([2, 0]);
    expect(await second.all()).toEqual([['b', 2]]);
  });

  it('that is kept in memory is read from the beginning at every start', async () => {
    const first = rig({ kept: 'memory' });
    first.cluster.append(rates(0), [record('a', 1)]);
    await first.streams.start();
    await first.streams.close();
    const second = rig({ cluster: first.cluster, kept: 'memory' });
    await second.streams.start();
    expect(second.offsets()).toEqual([0, 0]);
    expect(await second.all()).toEqual([['a', 1]]);
  });

  it.each([
    { what: 'was made anew', low: 0, left: 0 },
    { what: 'has deleted records it never saw', low: 5, left: 1 },
  ])('whose topic $what sets aside what it knew, and reads it from its beginning', async ({ low, left }) => {
    const first = rig();
    first.cluster.append(rates(0), [record('a', 1), record('b', 2)]);
    await first.streams.start();
    await first.streams.close();
    const log = first.cluster.log(rates(0));
    log.records = [];
    log.low = low;
    first.cluster.append(
      rates(0),
      Array.from({ length: left }, () => record('c', 3)),
    );
    const second = rig({ cluster: first.cluster });
    await second.streams.start();
    expect(second.offsets()[0]).toBe(low);
    expect(await second.all()).toEqual(left === 0 ? [] : [['c', 3]]);
    expect(second.messages()).toContain('A global table does not fit its topic and is read anew');
    expect(await readdir(join(stateDir, 'app-globals', 'global'))).toContain('rates-store.aside-1');
  });

  it('drops records without a key, and leaves out what cannot be read where the handler says CONTINUE', async () => {
    const { cluster, streams, all, failures, messages } = rig();
    cluster.append(rates(0), [record(null, 1), record('a', 'no number'), record('b', 2)]);
    await streams.start();
    expect(await all()).toEqual([['b', 2]]);
    expect(failures).toEqual(['deserialization 1']);
    expect(messages()).toEqual(
      expect.arrayContaining([
        'A record of a global table has no key and is dropped',
        'A record of a global table cannot be read and is left out',
      ]),
    );
  });

  it('stops the streams at what cannot be read where the handler says FAIL', async () => {
    const { cluster, streams, fatal } = rig({ deserializationExceptionHandler: LogAndFailExceptionHandler });
    const reader = scripted(cluster);
    await streams.start();
    cluster.append(rates(0), [record('a', 'no number')]);
    const taken = reader.hand(cluster.chunkFrom(rates(0), 0));
    await expect(taken).rejects.toThrow(RecordRefusedError);
    const error = await taken.catch((thrown: unknown) => thrown as Error);
    reader.crash(error as Error, false);
    expect(streams.state).toBe('ERROR');
    expect(fatal).toEqual([error]);
  });

  it('waits while what reads its records is away', async () => {
    let tries = 0;
    const serde: Serde<number> = {
      ...numbers,
      prepare: () => {
        tries += 1;
        return tries < 4 ? Promise.reject(new AwayError('registry')) : Promise.resolve();
      },
    };
    const { cluster, streams, all } = rig({ serde });
    cluster.append(rates(0), [record('a', 1)]);
    await streams.start();
    expect(tries).toBe(4);
    expect(await all()).toEqual([['a', 1]]);
  });

  it('lets the streams be closed while it waits', async () => {
    const serde: Serde<number> = { ...numbers, prepare: () => Promise.reject(new AwayError('registry')) };
    const { cluster, streams, messages } = rig({
      serde,
      retryPolicy: { delaysMs: [60_000], afterwards: 'keep-trying' },
    });
    const reader = scripted(cluster);
    cluster.append(rates(0), [record('a', 1)]);
    const started = streams.start();
    started.catch(() => undefined);
    await vi.waitFor(() => {
      expect(reader.isReading()).toBe(true);
    });
    const taken = reader.hand(cluster.chunkFrom(rates(0), 0));
    taken.catch(() => undefined);
    await vi.waitFor(() => {
      expect(messages()).toContain('A global table waits');
    });
    await streams.close();
    await expect(started).rejects.toThrow(StreamsStateError);
    await expect(taken).rejects.toThrow(StreamsStateError);
    expect(reader.stops()).toBe(1);
    expect(cluster.calls).not.toContain('start');
  });

  it('lets a start fail that cannot go on, and be tried again', async () => {
    const { cluster, streams, all } = rig();
    const reader = scripted(cluster);
    cluster.append(rates(0), [record('a', 1)]);
    const started = streams.start();
    started.catch(() => undefined);
    await vi.waitFor(() => {
      expect(reader.isReading()).toBe(true);
    });
    reader.crash(new AwayError('kafka'), true);
    reader.crash(new Error('offset out of range'), false);
    await expect(started).rejects.toThrow('offset out of range');
    expect(streams.state).toBe('CREATED');
    cluster.topicReader = FakeCluster.prototype.topicReader.bind(cluster);
    await streams.start();
    expect(await all()).toEqual([['a', 1]]);
  });

  it('stops the streams when it cannot be followed any more, but not while Kafka is away', async () => {
    const { cluster, streams, fatal } = rig();
    const reader = scripted(cluster);
    await streams.start();
    reader.crash(new AwayError('kafka'), true);
    expect(streams.state).not.toBe('ERROR');
    reader.crash(new Error('gone'), false);
    expect(streams.state).toBe('ERROR');
    expect(fatal.map(({ message }) => message)).toEqual(['gone']);
  });

  it('tells how far it is', async () => {
    const { cluster, streams } = rig();
    const reader = scripted(cluster);
    await streams.start();
    await reader.hand({ partition: rates(1), from: 0, next: 3, records: [], highWatermark: 10 });
    expect(streams.status().globalTables).toEqual([
      { store: 'rates-store', topic: 'rates', isRestored: true, position: 3, lag: 7 },
    ]);
  });

  it('writes what several partitions bring at the same time without losing any of it', async () => {
    const { cluster, streams, all } = rig();
    const reader = scripted(cluster);
    await streams.start();
    cluster.append(
      rates(0),
      Array.from({ length: 200 }, (_, index) => record(`a${String(index)}`, index)),
    );
    cluster.append(
      rates(1),
      Array.from({ length: 200 }, (_, index) => record(`b${String(index)}`, index)),
    );
    await Promise.all([0, 1].map((partition) => reader.hand(cluster.chunkFrom(rates(partition), 0))));
    expect(await all()).toHaveLength(400);
    await streams.close();
    const again = rig({ cluster });
    await again.streams.start();
    expect(again.offsets()).toEqual([200, 200]);
  });
});
