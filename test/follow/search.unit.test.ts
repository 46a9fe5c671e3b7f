import { describe, expect, test } from 'vitest';
import { DependencyUnavailableError } from '../../src/common/errors.ts';
import { search, type SearchParts } from '../../src/follow/index.ts';
import type { ConsumedRecord } from '../../src/streams/ports.ts';

const now = 1_700_000_000_000;
const minute = 60_000;
const day = 24 * 60 * minute;
const id = 'the-correlation-id';

interface Written {
  readonly topic: string;
  readonly agoMs: number;
  readonly text?: string;
  readonly header?: string;
}

/** Topics of one partition each, with records in the order of their time. */
const createRig = (written: readonly Written[], documents: SearchParts['documents'] = { of: async () => [] }) => {
  const names = [...new Set(written.map(({ topic }) => topic))];
  const records = names.flatMap((topic) =>
    written
      .filter((each) => each.topic === topic)
      .sort((a, b) => b.agoMs - a.agoMs)
      .map(
        ({ agoMs, text = '', header }, offset): ConsumedRecord => ({
          ...{ topic, partition: 0, offset, key: null, value: Buffer.from(text), timestamp: now - agoMs },
          headers: header === undefined ? {} : { correlation_id: header },
        }),
      ),
  );
  const of = (topic: string) => records.filter((record) => record.topic === topic);
  const read: number[] = [];
  const parts: SearchParts = {
    topics: [...names, 'nobody.made'],
    reader: {
      ends: async (topic) => new Map(of(topic).length === 0 ? [] : [[0, { low: 0, high: of(topic).length }]]),
      since: async (topic, timeMs) => {
        const found = of(topic).findIndex(({ timestamp }) => timestamp >= timeMs);
        return new Map([[0, found === -1 ? of(topic).length : found]]);
      },
      read: async ({ topic }, { from, to, signal }, onBatch) => {
        for (const record of of(topic).slice(from, to)) {
          signal.throwIfAborted();
          read.push(now - record.timestamp);
          await onBatch([record]);
        }
      },
    },
    records: {
      read: async ({ value }) => {
        const [correlationId = '', merchantId = null, customerId = null] = (value?.toString() ?? '').split(' ');
        return { what: 'said', eventId: 'e', correlationId, merchantId, customerId };
      },
    },
    documents,
    clock: { now: () => now },
  };
  return { parts, read };
};

const options = { correlationId: id, longestMs: 30 * day, maxBytes: 1_000_000, maxMs: 5_000 };

describe('a search for a correlation id', () => {
  test('finds it in headers and in values, in the order of cause and effect', async () => {
    const { parts } = createRig([
      { topic: 'audit_log', agoMs: minute, text: `${id} m c` },
      { topic: 'points.ingest', agoMs: minute, header: id },
      { topic: 'points.ingest', agoMs: 2 * minute, header: 'another' },
    ]);
    const { hops } = await search(parts, options);
    expect(hops.map(({ where, offset }) => [where, offset])).toEqual([
      ['points.ingest', 1],
      ['audit_log', 0],
    ]);
  });

  test('reads no further back than a step behind the first it finds, and nothing twice', async () => {
    const { parts, read } = createRig([
      { topic: 'audit_log', agoMs: 5 * minute, text: id },
      { topic: 'audit_log', agoMs: 50 * minute, text: id },
      { topic: 'audit_log', agoMs: 20 * day, text: id },
    ]);
    const { hops, searchedSince } = await search(parts, options);
    expect(hops).toHaveLength(2);
    expect(read).toEqual([5 * minute, 50 * minute]);
    expect(now - searchedSince).toBe(60 * minute);
  });

  test('goes back as far as it may, and no further', async () => {
    const { parts } = createRig([
      { topic: 'audit_log', agoMs: 20 * day, text: id },
      { topic: 'audit_log', agoMs: minute, text: 'another' },
    ]);
    expect((await search(parts, options)).hops).toHaveLength(1);
    const short = await search(parts, { ...options, longestMs: day });
    expect([short.hops.length, now - short.searchedSince]).toEqual([0, day]);
  });

  test('ends when it has cost enough, and says how far it came', async () => {
    const { parts } = createRig([
      { topic: 'audit_log', agoMs: minute, text: id },
      ...Array.from({ length: 50 }, (_, n) => ({ topic: 'audit_log', agoMs: (20 + n / 10) * minute, text: 'x' })),
    ]);
    const { hops, isCutShort, searchedSince } = await search(parts, { ...options, maxBytes: 1_000 });
    expect([hops.length, isCutShort, now - searchedSince]).toEqual([1, true, 10 * minute]);
  });

  test('leaves out what only holds the same letters', async () => {
    const { parts } = createRig([{ topic: 'audit_log', agoMs: minute, text: `another ${id}` }]);
    expect((await search(parts, options)).hops).toEqual([]);
  });

  test('adds documents after the decision that made them, and goes on without MongoDB', async () => {
    const written = [{ topic: 'audit_log', agoMs: minute, text: `${id} m c` }];
    const document = { at: now - day, where: 'Mongo points_transactions', what: 'earn', eventId: 'e' };
    const found = await search(createRig(written, { of: async () => [document] }).parts, options);
    expect(found.hops.map(({ at, where }) => [now - at, where])).toEqual([
      [minute, 'audit_log'],
      [minute, 'Mongo points_transactions'],
    ]);
    const away = { of: () => Promise.reject(new DependencyUnavailableError('MongoDB')) };
    const without = await search(createRig(written, away).parts, options);
    expect(without.hops.map(({ what }) => what)).toEqual(['said', 'not looked into: MongoDB is not available']);
  });

  test('fails where Kafka does', async () => {
    const { parts } = createRig([{ topic: 'audit_log', agoMs: minute, text: id }]);
    const reader = { ...parts.reader, ends: () => Promise.reject(new DependencyUnavailableError('Kafka')) };
    await expect(search({ ...parts, reader }, options)).rejects.toThrow('Kafka is not available');
  });
});
