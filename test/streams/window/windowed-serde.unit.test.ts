import { describe, expect, it } from 'vitest';
import { DeserializationError, longSerde, stringSerde, windowedSerde } from '../../../src/streams/index.ts';
import { SinkWriter } from '../../../src/streams/runtime/sink-writer.ts';

const windowed = windowedSerde(stringSerde, 60_000);
const key = { key: 'a', window: { start: 0x0102030405, end: 0x0102030405 + 60_000 } };

describe('a windowed key', () => {
  it('is written as by TimeWindowedSerializer: the key, then the start in 8 bytes', () => {
    expect(windowed.serialize(key).toString('hex')).toBe('61' + '0000000102030405');
  });

  it('is read back with its end, by the size of the windows', () => {
    expect(windowed.deserialize(windowed.serialize(key))).toEqual(key);
    const long = windowedSerde(longSerde, 5);
    const other = { key: -7, window: { start: 10, end: 15 } };
    expect(long.deserialize(long.serialize(other))).toEqual(other);
  });

  it('of fewer bytes than its start cannot be read', () => {
    expect(() => windowed.deserialize(Buffer.alloc(7))).toThrow(DeserializationError);
  });

  it('goes to the partition of its key, as with WindowedStreamPartitioner', () => {
    const asked: string[] = [];
    const writer = new SinkWriter(
      {
        partitions: () => 12,
        sourcePartitions: 4,
        partitionOf: (bytes) => {
          asked.push(bytes.toString());
          return 3;
        },
      },
      0,
      1_000_000,
    );
    const source = { topic: 'in', partition: 0, offset: 0, key: null, value: null, timestamp: 0, headers: {} };
    const written = writer.write(
      {
        ...{ kind: 'sink', name: 'out', parents: [], topic: 'out', partitioning: 'stay' },
        ...{ keySerde: windowed, valueSerde: longSerde },
      },
      { key, value: 1, timestamp: 0, headers: {}, source },
    );
    expect(written.partition).toBe(3);
    expect(asked).toEqual(['a']);
  });
});
