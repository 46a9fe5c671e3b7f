import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  Consumed,
  Grouped,
  jsonSerde,
  KafkaStreams,
  longSerde,
  Materialized,
  StoreNotAvailableError,
  StreamsBuilder,
  StreamsStateError,
  stringSerde,
  TimeWindows,
} from '../../../src/streams/index.ts';
import { partitionOf } from '../../../src/adapters/kafka/key-partitions.ts';
import { FakeCluster } from '../fakes.ts';
import { AwayError } from '../harness.ts';

const numbers = jsonSerde<number>();
const partitions = 3;

let stateDir = '';
const ends: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'points-queries-'));
  ends.push(() => rm(stateDir, { recursive: true, force: true }));
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A table by text, one by numbers, counts and counts in windows, and a global table. */
const topology = () => {
  const builder = new StreamsBuilder('queries');
  builder.table('texts', Consumed.with(numbers), Materialized.as('by-text', numbers));
  builder.table('longs', Consumed.withKey(longSerde, numbers), Materialized.as('by-long', numbers));
  const grouped = builder.stream('events', Consumed.with(numbers)).groupByKey(Grouped.with(numbers));
  grouped.count({ name: 'counts' });
  grouped.windowedBy(TimeWindows.ofSizeAndGrace(10, 100)).count({ name: 'windows' });
  builder.globalTable('rates', Consumed.with(numbers), { name: 'rates' });
  return builder.build();
};

const rig = () => {
  const cluster = new FakeCluster();
  for (const topic of ['texts', 'longs', 'events', 'rates']) cluster.topics.set(topic, partitions);
  const now = { at: 5_000 };
  const streams = new KafkaStreams(topology(), {
    ...{ applicationId: 'app', clientSupplier: cluster, stateDir, idleCommitMs: 5 },
    ...{ applicationServer: 'here:1', clock: { now: () => now.at } },
  });
  ends.push(() => streams.close().catch(() => undefined));
  const listener = () => cluster.consumerOptions!.listener;
  const held = new Set<number>();
  const topics = ['texts', 'longs', 'events'];
  return {
    ...{ cluster, streams, now },
    /** What another instance holds. */
    others: (applicationServer: string | undefined, numbersOf: readonly number[]) => {
      const theirs = topics.flatMap((topic) => numbersOf.map((partition) => ({ topic, partition })));
      cluster.members.set('app-queries', [{ applicationServer, partitions: theirs }]);
    },
    assign: async (...own: number[]) => {
      cluster.assign(topics.flatMap((topic) => own.map((partition) => ({ topic, partition }))));
      for (const partition of own) held.add(partition);
      await vi.waitFor(() => {
        expect(streams.state).toBe('RUNNING');
      });
    },
    /** Into the partition the key belongs to, and handed over where that is held. */
    put: async (topic: string, key: Buffer, value: number | null, timestamp = 0) => {
      const partition = { topic, partition: partitionOf(key, partitions) };
      const from = cluster.log(partition).records.length;
      cluster.append(partition, [
        { key, value: value === null ? null : numbers.serialize(value), timestamp, headers: {} },
      ]);
      if (!held.has(partition.partition)) return;
      listener().onFetched(cluster.chunkFrom(partition, from));
      await vi.waitFor(() => {
        const offset = cluster.committed.get(`app-queries ${topic}-${String(partition.partition)}`)?.offset;
        expect(offset).toBe(from + 1);
      });
    },
  };
};

const text = (key: string): Buffer => Buffer.from(key);
const all = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const partitionOfText = (key: string): number => partitionOf(text(key), partitions);

describe('what an instance tells of itself', () => {
  it('has the sizes of the stores of its tasks, by partition', async () => {
    const { streams, assign, put } = rig();
    await streams.start();
    expect(await streams.storeSizes()).toEqual([]);
    await assign(partitionOfText('a'));
    await put('texts', text('a'), 1);
    const sizes = await streams.storeSizes();
    expect(sizes.find(({ store }) => store === 'by-text')).toMatchObject({
      partition: partitionOfText('a'),
      entries: 1,
    });
    expect(sizes.map(({ store }) => store)).toEqual(['by-text', 'by-long', 'counts', 'windows']);
  });

  it('counts what each task has read and written by topic', async () => {
    const { streams, assign, put } = rig();
    await streams.start();
    await assign(partitionOfText('a'));
    await put('texts', text('a'), 1);
    await put('texts', text('a'), 2);
    const read = streams.status().tasks.flatMap(({ counts }) => [...counts.read]);
    expect(read).toEqual([['texts', 2]]);
    expect(streams.status().tasks.map(({ counts }) => counts.deadLetters)).toEqual(expect.arrayContaining([0]));
  });
});

describe('a store of this instance', () => {
  it('is read by key from whichever task has it, and as a range over all tasks in the order of the keys', async () => {
    const { streams, assign, put } = rig();
    await streams.start();
    await assign(0, 1, 2);
    for (const [index, key] of all.entries()) await put('texts', text(key), index);
    const store = streams.store<number>('by-text');
    expect(await store.get('c')).toBe(2);
    expect(await store.get('x')).toBeUndefined();
    expect(await store.getMany(['h', 'x', 'a'])).toEqual([7, undefined, 0]);
    expect((await store.range({})).map(([key]) => key)).toEqual(all);
    expect(await store.range({ from: 'b', to: 'e', limit: 2 })).toEqual([
      ['b', 1],
      ['c', 2],
    ]);
    expect((await store.range({ reverse: true, limit: 3 })).map(([key]) => key)).toEqual(['h', 'g', 'f']);
  });

  it('is read of one partition only, where that is asked for', async () => {
    const { streams, assign, put } = rig();
    await streams.start();
    await assign(0, 1);
    for (const [index, key] of all.entries()) await put('texts', text(key), index);
    const one = streams.store<number>('by-text', { partition: 1 });
    const expected = all.filter((key) => partitionOfText(key) === 1);
    expect(expected.length).toBeGreaterThan(0);
    expect((await one.range({})).map(([key]) => key)).toEqual(expected);
    expect(() => streams.store('by-text', { partition: 2 })).toThrow(StoreNotAvailableError);
  });

  it('has keys of any kind as a table, and says when a key is elsewhere rather than that it is not there', async () => {
    const { streams, assign, put } = rig();
    await streams.start();
    await assign(0, 1);
    const keys = Array.from({ length: 12 }, (_, index) => index * 100);
    for (const key of keys) await put('longs', longSerde.serialize(key), key + 1);
    const isHere = (key: number): boolean => partitionOf(longSerde.serialize(key), partitions) !== 2;
    const table = streams.table<number, number>('by-long', longSerde);
    const [here, elsewhere] = [keys.find(isHere), keys.find((key) => !isHere(key))];
    expect(await table.get(here ?? -1)).toBe((here ?? -1) + 1);
    await expect(table.get(elsewhere ?? -1)).rejects.toThrow(StoreNotAvailableError);
    const unknown = Array.from({ length: 50 }, (_, index) => index * 100 + 1).find(isHere) ?? -1;
    expect(await table.get(unknown)).toBeUndefined();
    expect(await table.range()).toEqual(keys.filter(isHere).map((key) => [key, key + 1]));
    expect(await table.range({ from: 200, to: 500 })).toEqual(
      keys.filter((key) => isHere(key) && key >= 200 && key < 500).map((key) => [key, key + 1]),
    );
  });

  it('holds the value of an aggregate, and the windows of a key', async () => {
    const { streams, assign, put } = rig();
    await streams.start();
    await assign(0, 1, 2);
    for (const timestamp of [1, 2, 15, 38]) await put('events', text('a'), 0, timestamp);
    await put('events', text('a\u0000b'), 0, 15);
    expect(await streams.store<number>('counts').get('a')).toBe(4);
    expect(await streams.table<string, number>('counts', stringSerde).get('a')).toBe(4);
    const windows = streams.windowStore<string, number>('windows', stringSerde);
    expect(await windows.fetch('a', 0, 30)).toEqual([
      [0, 2],
      [10, 1],
      [30, 1],
    ]);
    expect(await windows.fetch('a', 1, 10)).toEqual([[10, 1]]);
    expect(await windows.fetch('b', 0, 30)).toEqual([]);
  });

  it('may be a global table', async () => {
    const { cluster, streams } = rig();
    cluster.append({ topic: 'rates', partition: 1 }, [{ key: text('x'), value: text('3'), timestamp: 0, headers: {} }]);
    await streams.start();
    expect(await streams.store<number>('rates').get('x')).toBe(3);
    expect(await streams.table<string, number>('rates', stringSerde).get('y')).toBeUndefined();
  });

  it('cannot be read before the streams run, while a task restores, or when they are closed', async () => {
    const { cluster, streams, assign, put } = rig();
    expect(() => streams.store('by-text')).toThrow(StreamsStateError);
    await streams.start();
    expect(() => streams.store('by-text')).toThrow(StoreNotAvailableError);
    await assign(0, 1, 2);
    await put('texts', text('a'), 1);
    const store = streams.store<number>('by-text');
    const gate = Promise.withResolvers<undefined>();
    cluster.onRead = () => gate.promise.then(() => undefined);
    cluster.append({ topic: 'app-queries-by-text-changelog', partition: 2 }, [
      { key: text('z'), value: text('26'), timestamp: 0, headers: {} },
    ]);
    cluster.assign([{ topic: 'texts', partition: 0 }]);
    cluster.assign([0, 2].map((partition) => ({ topic: 'texts', partition })));
    await vi.waitFor(() => {
      expect(streams.status().tasks.some(({ state }) => state === 'RESTORING')).toBe(true);
    });
    await expect(store.get('a')).rejects.toThrow(StoreNotAvailableError);
    gate.resolve(undefined);
    await vi.waitFor(async () => {
      expect(await store.get('z')).toBe(26);
    });
    await streams.close();
    await expect(store.get('z')).rejects.toThrow(StreamsStateError);
  });

  it('shows nothing of a batch before that is committed', async () => {
    const { cluster, streams, assign, put } = rig();
    await streams.start();
    await assign(0, 1, 2);
    await put('texts', text('a'), 1);
    const store = streams.store<number>('by-text');
    const seen: (number | undefined)[] = [];
    cluster.beforeCommit = async () => {
      seen.push(await store.get('a'));
    };
    await put('texts', text('a'), 2);
    expect(seen).toEqual([1]);
    await vi.waitFor(async () => {
      expect(await store.get('a')).toBe(2);
    });
  });

  it('must be one that there is', async () => {
    const { streams } = rig();
    await streams.start();
    expect(() => streams.store('unknown')).toThrow('There is no store unknown');
    await expect(streams.metadataForKey('unknown', 'k', stringSerde)).rejects.toThrow(StreamsStateError);
  });
});

describe('the instance of a key', () => {
  it('is this one where it has the partition, and else the one the group names', async () => {
    const { streams, assign, others } = rig();
    await expect(async () => streams.metadataForKey('by-text', 'a', stringSerde)).rejects.toThrow(StreamsStateError);
    await streams.start();
    await assign(0, 1);
    others('there:2', [2]);
    for (const key of all) {
      const partition = partitionOfText(key);
      const isLocal = partition !== 2;
      const applicationServer = isLocal ? 'here:1' : 'there:2';
      expect(await streams.metadataForKey('by-text', key, stringSerde)).toEqual({
        ...{ applicationServer, partition, isLocal },
      });
    }
  });

  it('is asked of the group once for a second, and anew after a rebalance', async () => {
    const { cluster, streams, assign, others, now } = rig();
    await streams.start();
    await assign(0);
    const elsewhere = all.find((key) => partitionOfText(key) === 2) ?? '';
    const holder = async () => (await streams.metadataForKey('by-text', elsewhere, stringSerde)).applicationServer;
    others('there:2', [1, 2]);
    expect(await holder()).toBe('there:2');
    others('third:3', [1, 2]);
    now.at += 999;
    expect(await holder()).toBe('there:2');
    now.at += 1;
    expect(await holder()).toBe('third:3');
    others('fourth:4', [1, 2]);
    cluster.assign([{ topic: 'texts', partition: 0 }]);
    expect(await holder()).toBe('fourth:4');
  });

  it('is nowhere while the group is dealt out anew', async () => {
    const { streams, assign, others } = rig();
    await streams.start();
    await assign(0);
    const elsewhere = all.find((key) => partitionOfText(key) === 2) ?? '';
    others(undefined, [1]);
    await expect(streams.metadataForKey('by-text', elsewhere, stringSerde)).rejects.toThrow(StoreNotAvailableError);
    others(undefined, [1, 2]);
    expect(await streams.metadataForKey('by-text', elsewhere, stringSerde)).toEqual({
      ...{ applicationServer: undefined, partition: 2, isLocal: false },
    });
  });

  it('cannot be told while Kafka is away, and is asked for again after that', async () => {
    const { cluster, others } = rig();
    const working = cluster.admin.bind(cluster);
    let isAway = true;
    cluster.admin = () => {
      const admin = working();
      return {
        ...admin,
        groupMembers: (groupId) => (isAway ? Promise.reject(new AwayError('kafka')) : admin.groupMembers(groupId)),
      };
    };
    const streamsAway = new KafkaStreams(topology(), {
      ...{ applicationId: 'app', clientSupplier: cluster, stateDir: join(stateDir, 'away') },
    });
    ends.push(() => streamsAway.close());
    await streamsAway.start();
    others('there:2', [0, 1, 2]);
    await expect(streamsAway.metadataForKey('by-text', 'a', stringSerde)).rejects.toThrow(AwayError);
    isAway = false;
    expect((await streamsAway.metadataForKey('by-text', 'a', stringSerde)).applicationServer).toBe('there:2');
  });

  it('is one of all instances, each with its partitions and stores', async () => {
    const { streams, assign, others } = rig();
    await streams.start();
    await assign(0);
    others('there:2', [2]);
    expect(await streams.allMetadata()).toEqual([
      {
        applicationServer: 'there:2',
        stores: ['by-text', 'by-long', 'counts', 'windows'],
        partitions: ['texts', 'longs', 'events'].map((topic) => ({ topic, partition: 2 })),
      },
    ]);
  });
});
