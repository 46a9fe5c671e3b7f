import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Reader } from '../../../../src/adapters/kafka/protocol/reader.ts';
import { Writer } from '../../../../src/adapters/kafka/protocol/writer.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 300 });

describe('the fields of a request', () => {
  it('are read as they were written, however little room there was at first', () => {
    const fields = fc.record({
      int16: fc.integer({ min: -(2 ** 15), max: 2 ** 15 - 1 }),
      int32: fc.integer(),
      int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      text,
      compact: fc.option(text, { nil: null }),
      list: fc.array(text, { maxLength: 5 }),
      compactList: fc.array(fc.integer(), { maxLength: 200 }),
    });
    fc.assert(
      fc.property(fields, fc.integer({ min: 1, max: 600 }), (given, capacity) => {
        const writer = new Writer(capacity);
        writer.int16(given.int16).int32(given.int32).int64(given.int64).string(given.text).compactString(given.compact);
        writer.array(given.list, (each) => writer.string(each));
        writer.compactArray(given.compactList, (each) => writer.int32(each)).noTags();
        const reader = new Reader(writer.payload().buffer);
        expect({
          int16: reader.int16(),
          int32: reader.int32(),
          int64: reader.int64(),
          text: reader.string(),
          compact: reader.compactString(),
          list: reader.array(() => reader.string()),
          compactList: reader.compactArray(() => reader.int32()),
        }).toEqual(given);
        reader.skipTags();
        expect(() => reader.int16()).toThrow();
      }),
    );
  });

  it('are passed over where a newer broker has tagged them', () => {
    // Two tags: number 0 with 3 bytes, number 200 with none.
    const reader = new Reader(Buffer.from([2, 0, 3, 9, 9, 9, 0xc8, 1, 0, 0, 7]));
    reader.skipTags();
    expect(reader.int16()).toBe(7);
  });
});
