import { describe, expect, it, onTestFinished } from 'vitest';
import {
  Consumed,
  jsonSerde,
  processBatch,
  Produced,
  StreamsBuilder,
  TopologyError,
} from '../../../src/streams/index.ts';
import { until } from '../../support/until.ts';
import { AwayError, BadError, recordingLogger } from '../harness.ts';
import { createKafka } from '../../../src/adapters/kafka/index.ts';
import { silentLogger } from '../../../src/common/logger.ts';
import { sharedServers } from '../../support/servers.ts';
import { countingTopology, numbers } from '../counting-topology.ts';
import { type KafkaRig, kafkaRig, record } from '../kafka-rig.ts';

const rigOf = (partitions = 1) => kafkaRig(onTestFinished, { partitions });

const valuesOf = (records: readonly { readonly value: Buffer | null }[]): number[] =>
  records.map(({ value }) => (JSON.parse(String(value)) as { value: number }).value);

/** A topology without outputs, that hands every batch to `write`. */
const projection = ({ topics }: KafkaRig, write: (values: readonly number[]) => Promise<void>) => {
  const builder = new StreamsBuilder('projection').deadLettersTo(topics.dead);
  builder.stream<string, number>(topics.in, Consumed.with(numbers)).pipe(
    processBatch<string, number, string, number>('write', {
      create: () => async (records) => {
        await write(records.map(({ value }) => value));
        return records;
      },
    }),
  );
  return builder.build();
};

describe('topics that do not fit', () => {
  it('are named at the start when they are missing', async () => {
    const rig = await rigOf();
    const streams = await rig.streams(countingTopology({ ...rig.topics, out: `${rig.id}-nowhere` }));
    await expect(streams.start()).rejects.toThrow(`topic ${rig.id}-nowhere does not exist`);
  });

  it('are named at the start when they are not co-partitioned', async () => {
    const rig = await rigOf(2);
    await rig.admin.createTopics([{ name: `${rig.id}-narrow`, partitions: 1, config: {} }]);
    const streams = await rig.streams(countingTopology({ ...rig.topics, out: `${rig.id}-narrow` }));
    const start = streams.start();
    await expect(start).rejects.toThrow(TopologyError);
    await expect(start).rejects.toThrow(
      `its topics are not co-partitioned: ${rig.id}-in has 2, ${rig.id}-narrow has 1 partitions`,
    );
  });

  it('are named when a changelog of an earlier run has another number of partitions', async () => {
    const rig = await rigOf(2);
    await rig.admin.createTopics([{ name: `${rig.id}-counting-counts-changelog`, partitions: 1, config: {} }]);
    const streams = await rig.streams(countingTopology(rig.topics));
    await expect(streams.start()).rejects.toThrow(
      `internal topic ${rig.id}-counting-counts-changelog has 1 partitions`,
    );
  });

  it('are found by two instances that start at the same moment, changelogs made once', async () => {
    const rig = await rigOf(2);
    const both = await Promise.all([1, 2].map(() => rig.streams(countingTopology(rig.topics))));
    await Promise.all(both.map((streams) => streams.start()));
    await until('both run', () => both.every(({ state }) => state === 'RUNNING'), 20_000);
    expect(
      both
        .flatMap((streams) => streams.status().tasks)
        .map(({ taskId }) => taskId)
        .sort(),
    ).toEqual(['0_0', '0_1']);
  });
});

describe('poison', () => {
  it('goes to the dead letters with its bytes and headers, its neighbours are applied in order', async () => {
    const rig = await rigOf();
    const poison = Buffer.from([0, 1, 2, 250, 251]);
    const own = { correlation_id: 'c-7', empty: Buffer.alloc(0) };
    await rig.send(rig.topics.in, 0, [record('a', 1), { ...record('a', poison, 1_234), headers: own }, record('a', 2)]);
    const streams = await rig.streams(countingTopology(rig.topics));
    await streams.start();
    await until('all is processed', () => streams.status().tasks[0]?.processed === 3, 20_000);
    await streams.close();
    expect((await rig.read(rig.topics.out, 0, 2)).map(({ value }) => JSON.parse(String(value)))).toEqual([
      { value: 1, count: 1 },
      { value: 2, count: 2 },
    ]);
    const [letter, ...others] = await rig.read(rig.topics.dead, 0, 1);
    expect(others).toEqual([]);
    expect(letter).toMatchObject({ key: Buffer.from('a'), value: poison, timestamp: 1_234 });
    const headers = Object.fromEntries(
      Object.entries(letter?.headers ?? {}).map(([name, value]) => [name, String(value)]),
    );
    expect(headers).toMatchObject({
      correlation_id: 'c-7',
      empty: '',
      '__streams.errors.code': 'INTERNAL',
      '__streams.errors.exception': 'SyntaxError',
      '__streams.errors.stage': 'deserialization',
      '__streams.errors.node': 'numbers',
      '__streams.errors.topic': rig.topics.in,
      '__streams.errors.partition': '0',
      '__streams.errors.offset': '1',
      '__streams.errors.timestamp': '1234',
      '__streams.errors.attempts': '1',
      '__streams.errors.retryable': 'false',
    });
  });

  it('may be all of a batch of 1,000: dead letters are larger than their values, and more than a broker takes at once', async () => {
    const rig = await rigOf();
    const poison = Array.from({ length: 1_000 }, (_, index) => record('a', Buffer.from(`{ ${String(index)}`)));
    await rig.send(rig.topics.in, 0, [...poison, record('a', 7)]);
    const logger = recordingLogger();
    const streams = await rig.streams(countingTopology(rig.topics), { logger });
    await streams.start();
    await until('all is processed', () => streams.status().tasks[0]?.processed === 1_001, 30_000);
    await streams.close();
    const letters = await rig.read(rig.topics.dead, 0, 1_000);
    expect(letters.map(({ value }) => String(value))).toEqual(poison.map(({ value }) => String(value)));
    expect(valuesOf(await rig.read(rig.topics.out, 0, 1))).toEqual([7]);
    expect(logger.lines.filter(({ message }) => message.includes('acquired again'))).toEqual([]);
  });

  it('of a step that only throws is found among its neighbours', async () => {
    const rig = await rigOf();
    await rig.send(
      rig.topics.in,
      0,
      [1, 2, 13, 3].map((value) => record('a', value)),
    );
    const written: number[][] = [];
    const streams = await rig.streams(
      projection(rig, (values) => {
        if (values.includes(13)) return Promise.reject(new BadError('Unlucky'));
        written.push([...values]);
        return Promise.resolve();
      }),
      { processingGuarantee: 'at_least_once' },
    );
    await streams.start();
    await until('all is processed', () => streams.status().tasks[0]?.processed === 4, 20_000);
    expect(written.at(-1)).toEqual([1, 2, 3]);
    await streams.close();
    expect((await rig.read(rig.topics.dead, 0, 1)).map(({ value }) => String(value))).toEqual(['13']);
  });
});

describe('a sink that is away', () => {
  it('has its partition paused and the group kept, and gets everything when it is back', async () => {
    const rig = await rigOf();
    const all = Array.from({ length: 3_000 }, (_, index) => index);
    await rig.send(
      rig.topics.in,
      0,
      all.slice(0, 1_500).map((value) => record('a', value)),
    );
    let isAway = true;
    const written = new Set<number>();
    const streams = await rig.streams(
      projection(rig, (values) => {
        if (isAway) return Promise.reject(new AwayError('Away'));
        for (const value of values) written.add(value);
        return Promise.resolve();
      }),
      {
        processingGuarantee: 'at_least_once',
        maxQueuedRecords: 500,
        maxBatchRecords: 100,
        retryPolicy: { delaysMs: [50, 100, 200], afterwards: 'keep-trying' },
      },
    );
    await streams.start();
    await until('the task waits', () => streams.status().tasks[0]?.state === 'RETRYING', 20_000);
    await rig.send(
      rig.topics.in,
      0,
      all.slice(1_500).map((value) => record('a', value)),
    );
    // Longer than the session: without a heartbeat the member would be out of the group by then.
    const since = Date.now();
    let alive = streams.status().aliveAt;
    await until(
      'the session would have ended',
      () => {
        expect(streams.status().aliveAt).toBeGreaterThan(Date.now() - 4_000);
        alive = Math.max(alive, streams.status().aliveAt);
        return Date.now() - since > 7_000;
      },
      15_000,
    );
    const [task] = streams.status().tasks;
    expect(task?.state).toBe('RETRYING');
    // What was fetched before the pause, and nothing since: the partition is paused.
    expect(task?.queued).toBeLessThanOrEqual(1_500);
    expect(await rig.committed('projection', rig.topics.in, 0)).toBe(undefined);
    isAway = false;
    await until('everything is written', () => written.size === all.length, 20_000);
    await until(
      'everything is committed',
      async () => (await rig.committed('projection', rig.topics.in, 0)) === all.length,
      10_000,
    );
  });
});

describe('more records than a task may hold', () => {
  it('are read in portions, and none is lost or doubled', async () => {
    const rig = await rigOf(2);
    const all = Array.from({ length: 2_500 }, (_, index) => index);
    // A fetch brings a mebibyte of a partition, so 500 of these.
    const headers = { padding: Buffer.alloc(2_000) };
    for (const partition of [0, 1]) {
      for (let at = 0; at < all.length; at += 250) {
        const some = all.slice(at, at + 250).map((value) => ({ ...record('a', value), headers }));
        await rig.send(rig.topics.in, partition, some);
      }
    }
    const streams = await rig.streams(countingTopology(rig.topics), { maxQueuedRecords: 60, maxBatchRecords: 150 });
    let mostQueued = 0;
    await streams.start();
    await until(
      'all is processed',
      () => {
        const { tasks } = streams.status();
        mostQueued = Math.max(mostQueued, ...tasks.map(({ queued }) => queued));
        return tasks.length === 2 && tasks.every(({ processed }) => processed === all.length);
      },
      40_000,
    );
    await streams.close();
    for (const partition of [0, 1])
      expect(valuesOf(await rig.read(rig.topics.out, partition, all.length))).toEqual(all);
    // One fetch may bring more than the bound, but no second one comes on top of it.
    expect(mostQueued).toBeGreaterThan(60);
    expect(mostQueued).toBeLessThan(700);
  });
});

describe('records that are deleted before they were read', () => {
  it('stop the streams, now and after a restart: what is lost is not passed over in silence', async () => {
    const rig = await rigOf();
    const headers = { padding: Buffer.alloc(2_000) };
    const send = async (count: number): Promise<void> => {
      const some = Array.from({ length: count }, (_, index) => ({ ...record('a', index), headers }));
      for (let at = 0; at < count; at += 200) await rig.send(rig.topics.in, 0, some.slice(at, at + 200));
    };
    await send(1_200);
    const held = Promise.withResolvers<undefined>();
    const fatal: Error[] = [];
    const topology = projection(rig, () => held.promise.then(() => undefined));
    const streams = await rig.streams(topology, {
      ...{ processingGuarantee: 'at_least_once', maxQueuedRecords: 50, maxBatchRecords: 100 },
      listener: {
        onFatal: (_topology, error) => {
          fatal.push(error);
        },
      },
    });
    // Run before the streams are closed, which waits for what is in flight.
    onTestFinished(() => {
      held.resolve(undefined);
    });
    await streams.start();
    // A fetch brings a mebibyte, so 500 of these; then the partition is paused.
    await until('the task is full', () => (streams.status().tasks[0]?.queued ?? 0) > 50, 20_000);
    const admin = createKafka({ ...sharedServers(), clientId: rig.id, logger: silentLogger }).admin();
    await admin.connect();
    onTestFinished(() => admin.disconnect());
    // It knows no leaders before it has been asked for something.
    await admin.fetchTopicOffsets(rig.topics.in);
    await admin.deleteTopicRecords({ topic: rig.topics.in, partitions: [{ partition: 0, offset: '1100' }] });
    held.resolve(undefined);
    await until('the streams stop', () => streams.state === 'ERROR', 20_000);
    expect(fatal).toMatchObject([{ code: 'OFFSET_GAP', facts: { low: 1_100 } }]);
    await streams.close();

    const again = await rig.streams(topology, { processingGuarantee: 'at_least_once' });
    await again.start();
    await until('they stop again', () => again.state === 'ERROR', 20_000);
    expect(again.status().error).toMatchObject({ code: 'OFFSET_GAP' });
  });
});

describe('a batch without outputs', () => {
  it('commits its offsets again and again, also right behind one another', async () => {
    const rig = await rigOf();
    const builder = new StreamsBuilder('sieve').deadLettersTo(rig.topics.dead);
    builder
      .stream<string, number>(rig.topics.in, Consumed.with(numbers))
      .filter((value) => value < 0)
      .to(rig.topics.out, Produced.with(jsonSerde<number>()));
    await rig.send(
      rig.topics.in,
      0,
      Array.from({ length: 300 }, (_, index) => record('a', index)),
    );
    const retries: string[] = [];
    const streams = await rig.streams(builder.build(), {
      maxBatchRecords: 5,
      listener: {
        onRetry: (_topology, _task, error) => {
          retries.push(error.message);
        },
      },
    });
    await streams.start();
    await until('all is committed', async () => (await rig.committed('sieve', rig.topics.in, 0)) === 300, 30_000);
    expect(retries).toEqual([]);
  });
});

describe('closing', () => {
  it('commits what is in flight, begins nothing more, and takes less than 10 s', async () => {
    const rig = await rigOf();
    await rig.send(
      rig.topics.in,
      0,
      Array.from({ length: 500 }, (_, index) => record('a', index)),
    );
    const inFlight = Promise.withResolvers<undefined>();
    const held = Promise.withResolvers<undefined>();
    const builder = new StreamsBuilder('slow').deadLettersTo(rig.topics.dead);
    builder
      .stream<string, number>(rig.topics.in, Consumed.with(numbers))
      .pipe(
        processBatch<string, number, string, number>('hold', {
          create: () => async (records) => {
            inFlight.resolve(undefined);
            await held.promise;
            return records;
          },
        }),
      )
      .to(rig.topics.out, Produced.with(numbers));
    const streams = await rig.streams(builder.build(), { maxBatchRecords: 100 });
    await streams.start();
    await inFlight.promise;
    const began = Date.now();
    const closing = streams.close();
    held.resolve(undefined);
    await closing;
    expect(Date.now() - began).toBeLessThan(10_000);
    expect(await rig.read(rig.topics.out, 0, 100)).toHaveLength(100);
    expect(await rig.committed('slow', rig.topics.in, 0)).toBe(100);
  });

  it('while it joins ends the joining', async () => {
    const rig = await rigOf();
    const fatal: Error[] = [];
    const streams = await rig.streams(countingTopology(rig.topics), {
      listener: {
        onFatal: (_topology, error) => {
          fatal.push(error);
        },
      },
    });
    const starting = streams.start().then(
      () => 'joined',
      () => 'ended',
    );
    await until('it joins', () => streams.state !== 'CREATED', 5_000);
    await new Promise((resolve) => setTimeout(resolve, 60));
    await streams.close();
    expect(['joined', 'ended']).toContain(await starting);
    expect(streams.state).toBe('NOT_RUNNING');
    expect(fatal).toEqual([]);
  });
});
