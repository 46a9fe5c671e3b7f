import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeRecord, type RecordToEncode } from '../../../src/adapters/kafka/record-encoder.ts';

type Encode = (record: RecordToEncode) => { readonly buffer: Buffer };

/** kafkajs' own encoder: this file never loads what takes its place. */
const stock = createRequire(import.meta.url)('kafkajs/src/protocol/recordBatch/record/v0') as Encode;

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const content = fc.oneof(bytes, fc.string());
const optional = fc.option(content, { nil: null });
const header = fc.oneof(content, fc.array(content, { maxLength: 3 }));
const records = fc.record({
  offsetDelta: fc.integer({ min: 0, max: 2 ** 31 - 1 }).filter((delta) => delta < 2 ** 30),
  timestampDelta: fc.oneof(fc.integer({ min: -1_000, max: 1_000 }), fc.maxSafeInteger()),
  key: optional,
  value: optional,
  headers: fc.dictionary(fc.string({ minLength: 1 }), header),
});

describe('an encoded record', () => {
  it('has the bytes that kafkajs gives it, whatever it holds', () => {
    fc.assert(
      fc.property(records, (record) => {
        expect(encodeRecord(record).buffer.toString('hex')).toBe(stock(record).buffer.toString('hex'));
      }),
      { numRuns: 2_000 },
    );
  });

  it('may be empty', () => {
    expect(encodeRecord({}).buffer).toEqual(stock({ key: null, value: null }).buffer);
  });

  it('has a header without a value, of which kafkajs cannot tell the size', () => {
    const { buffer } = encodeRecord({ key: null, value: null, headers: { h: undefined } });
    expect(buffer.toString('hex')).toBe('12000000010102026801');
  });
});
