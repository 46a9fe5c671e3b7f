import { describe, expect, it } from 'vitest';
import { jsonSerde, type Partitioning, RecordTooLargeError, stringSerde } from '../../../src/streams/index.ts';
import { SinkWriter } from '../../../src/streams/runtime/sink-writer.ts';
import type { SinkNode } from '../../../src/streams/topology/nodes.ts';
import { consumed } from '../harness.ts';

const node = (partitioning: Partitioning): SinkNode => ({
  ...{ kind: 'sink', name: 'out', parents: [], topic: 'out', partitioning },
  keySerde: stringSerde,
  valueSerde: jsonSerde<unknown>(),
});

const record = (key: string | null, value: unknown = 1) => ({
  ...{ key, value, timestamp: 5, headers: { h: '1' } },
  source: consumed(value),
});

/** The task of partition 2 of 4; keys belong to the partition of their length. */
const writer = (outPartitions = 4, maxRecordBytes = 100): SinkWriter =>
  new SinkWriter(
    { partitions: () => outPartitions, sourcePartitions: 4, partitionOf: (key, count) => key.length % count },
    2,
    maxRecordBytes,
  );

describe('what is written', () => {
  it('keeps time and headers, and has the bytes of its serdes', () => {
    expect(writer().write(node('task'), record('k', 7))).toEqual({
      key: Buffer.from('k'),
      value: Buffer.from('7'),
      timestamp: 5,
      headers: { h: '1' },
    });
  });

  it('is a deletion where the value is null', () => {
    expect(writer().write(node('task'), record('k', null)).value).toBeNull();
  });

  it('goes to the partition of its task, of its key, or the one chosen', () => {
    expect(writer().write(node('task'), record('abc')).partition).toBeUndefined();
    expect(writer().write(node('key'), record('abc')).partition).toBe(3);
    expect(
      writer().write(
        node(({ key }, count) => (key === 'abc' ? count - 1 : 0)),
        record('abc'),
      ).partition,
    ).toBe(3);
  });

  it('stays where its source lay only where there are as many partitions', () => {
    expect(writer(4).write(node('stay'), record('abc')).partition).toBeUndefined();
    expect(writer(2).write(node('stay'), record('abc')).partition).toBe(1);
  });

  it('goes by the number of its task where it has no key', () => {
    expect(writer(2).write(node('key'), record(null)).partition).toBe(0);
  });

  it('is refused where the partition chosen does not exist', () => {
    for (const chosen of [-1, 4, 1.5, Number.NaN]) {
      expect(() =>
        writer().write(
          node(() => chosen),
          record('abc'),
        ),
      ).toThrow(RangeError);
    }
  });

  it('is refused where the broker would refuse it, with the sizes', () => {
    expect(() => writer(4, 10).write(node('task'), record('key', 'a value that is too long'))).toThrow(
      RecordTooLargeError,
    );
    expect(writer(4, 10).write(node('task'), record('key', 'short'))).toBeDefined();
  });

  it('sends a dead letter to the number of its task, as far as the topic has so many', () => {
    expect([writer(4).deadLetterPartition('dlq'), writer(2).deadLetterPartition('dlq')]).toEqual([2, 0]);
  });
});
