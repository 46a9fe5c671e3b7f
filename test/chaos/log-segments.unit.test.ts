import { describe, expect, test } from 'vitest';
import { batchesOf, transactionsIn } from './log-segments.ts';

interface Made {
  readonly offset: number;
  readonly count?: number;
  readonly producer: number;
  readonly transactional?: boolean;
  readonly ends?: 'abort' | 'commit';
}

/** A record batch as a broker writes it, with nothing in the fields that nobody reads here. */
const batch = ({ offset, count = 1, producer, transactional = true, ends }: Made): Buffer => {
  // One byte each, as they are small: length, attributes, timestamp delta, offset delta, length of the key.
  const mark = Buffer.from([0, 0, 0, 0, 8, 0, 0, 0, ends === 'commit' ? 1 : 0]);
  const bytes = Buffer.concat([Buffer.alloc(61), ends === undefined ? Buffer.alloc(count * 9) : mark]);
  bytes.writeBigInt64BE(BigInt(offset), 0);
  bytes.writeInt32BE(bytes.length - 12, 8);
  bytes.writeInt16BE((transactional ? 0x10 : 0) | (ends === undefined ? 0 : 0x20), 21);
  bytes.writeInt32BE(count - 1, 23);
  bytes.writeBigInt64BE(BigInt(producer), 43);
  return bytes;
};
const read = (...made: readonly Made[]) => transactionsIn(3, batchesOf(Buffer.concat(made.map(batch))));

describe('a log of transactions', () => {
  test('tells what was given up from what was committed, of each producer by itself', () => {
    const found = read(
      { offset: 0, count: 10, producer: 1 },
      { offset: 10, count: 5, producer: 2 },
      { offset: 15, count: 2, producer: 1 },
      { offset: 17, producer: 1, ends: 'abort' },
      { offset: 18, producer: 2, ends: 'commit' },
      { offset: 19, count: 3, producer: 1 },
      { offset: 22, producer: 1, ends: 'commit' },
    );
    expect(found).toEqual({
      committed: 2,
      aborted: 1,
      ranges: [
        { partition: 3, from: 0, to: 9 },
        { partition: 3, from: 15, to: 16 },
      ],
    });
  });

  test('counts marks without records, and leaves records outside of transactions alone', () => {
    const found = read(
      { offset: 0, producer: 1, ends: 'abort' },
      { offset: 1, count: 4, producer: 1, transactional: false },
      { offset: 5, producer: 1, ends: 'commit' },
    );
    expect(found).toEqual({ committed: 1, aborted: 1, ranges: [] });
  });

  test('takes what is still open for neither', () => {
    expect(read({ offset: 0, count: 4, producer: 1 })).toEqual({ committed: 0, aborted: 0, ranges: [] });
  });

  test('ends before a torn batch', () => {
    const whole = batch({ offset: 0, count: 4, producer: 1 });
    const torn = batch({ offset: 4, count: 4, producer: 1 }).subarray(0, 80);
    expect([...batchesOf(Buffer.concat([whole, torn]))]).toHaveLength(1);
    expect([...batchesOf(Buffer.alloc(200))]).toEqual([]);
  });
});
