import { describe, expect, it } from 'vitest';
import { chunksOf, messageOf } from '../../../src/adapters/kafka/messages.ts';
import type { ProducedRecord } from '../../../src/streams/ports.ts';

const record = (bytes: number, headers: ProducedRecord['headers'] = {}): ProducedRecord => ({
  key: Buffer.from('k'),
  value: Buffer.alloc(bytes),
  timestamp: 0,
  headers,
});

describe('chunks of records', () => {
  it('keep all records in their order', () => {
    const records = Array.from({ length: 100 }, (_, index) => ({ ...record(20_000), timestamp: index }));
    const chunks = chunksOf(records);
    expect(chunks.length).toBeGreaterThan(3);
    expect(chunks.flat()).toEqual(records);
  });

  it('are none for no records', () => {
    expect(chunksOf([])).toEqual([]);
  });

  it('leave a record that is larger than a chunk to itself', () => {
    expect(chunksOf([record(10), record(2_000_000), record(10)]).map(({ length }) => length)).toEqual([1, 1, 1]);
  });

  it('stay well below what a broker takes, headers included: those of dead letters are larger than the values', () => {
    const letters = Array.from({ length: 1_000 }, () =>
      record(300, { '__streams.errors.stacktrace': 'x'.repeat(4_000), twice: ['y'.repeat(500), Buffer.alloc(500)] }),
    );
    for (const chunk of chunksOf(letters)) {
      expect(chunk.length * (300 + 4_000 + 1_000)).toBeLessThan(1_000_000);
    }
  });
});

describe('a message', () => {
  it('goes to the partition it is told, with its own time', () => {
    expect(messageOf({ ...record(1), timestamp: 1_234, headers: { a: 'b' } }, 3)).toEqual({
      key: Buffer.from('k'),
      value: Buffer.alloc(1),
      partition: 3,
      timestamp: '1234',
      headers: { a: 'b' },
    });
  });
});
