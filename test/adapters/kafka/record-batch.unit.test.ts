import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchesOf, type RecordBatch, sequenceAfter, writeBatch } from '../../../src/adapters/kafka/record-batch.ts';
import type { ProducedRecord } from '../../../src/streams/ports.ts';

interface StockRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: unknown;
  readonly offsetDelta: number;
  readonly timestampDelta: number;
}

interface StockBatch {
  readonly firstTimestamp: number;
  readonly maxTimestamp: number;
  readonly producerId: string;
  readonly producerEpoch: number;
  readonly firstSequence: number;
  readonly transactional: boolean;
  readonly lastOffsetDelta: number;
  readonly records: readonly unknown[];
}

interface DecodedRecord {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, unknown>>;
}

interface DecodedBatch {
  readonly firstTimestamp: string;
  readonly maxTimestamp: string;
  readonly inTransaction: boolean;
  readonly records: readonly DecodedRecord[];
}

// kafkajs' own: this file never loads what takes its place.
const require = createRequire(import.meta.url);
const stockRecord = require('kafkajs/src/protocol/recordBatch/record/v0') as (record: StockRecord) => unknown;
const { RecordBatch: stockBatch } = require('kafkajs/src/protocol/recordBatch/v0') as {
  RecordBatch: (batch: StockBatch) => Promise<{ readonly buffer: Buffer }>;
};
const Decoder = require('kafkajs/src/protocol/decoder') as new (buffer: Buffer) => unknown;
const decodeStock = require('kafkajs/src/protocol/recordBatch/v0/decoder') as (
  decoder: unknown,
) => Promise<DecodedBatch>;

const producer = { producerId: 1_234_567_890_123n, producerEpoch: 7, baseSequence: 2 ** 31 - 1 };

const bytesOf = (batch: RecordBatch): Buffer => {
  // Not at the beginning of its buffer, as in a request.
  const buf = Buffer.alloc(batch.size + 20, 0xee);
  expect(writeBatch(buf, 10, batch, producer)).toBe(batch.size + 10);
  expect(buf.subarray(0, 10).equals(Buffer.alloc(10, 0xee))).toBe(true);
  expect(buf.subarray(batch.size + 10).equals(Buffer.alloc(10, 0xee))).toBe(true);
  return buf.subarray(10, batch.size + 10);
};

const encode = (records: readonly ProducedRecord[]): Buffer => {
  const batches = batchesOf(records, Number.POSITIVE_INFINITY);
  expect(batches).toHaveLength(1);
  return bytesOf(batches[0]!);
};

const decode = (bytes: Buffer): Promise<DecodedBatch> => decodeStock(new Decoder(bytes));

const content = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
  fc.string({ unit: 'grapheme' }).map((text) => Buffer.from(text)),
);
const optional = fc.option(content, { nil: null });
const headerValue = fc.oneof(content, fc.string({ unit: 'grapheme' }));
/** kafkajs takes those that every object has for values it has read. */
const name = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !(text in {}));
const header = fc.oneof(headerValue, fc.array(headerValue, { maxLength: 3 }));
const recordOf = (timestamp: fc.Arbitrary<number>): fc.Arbitrary<ProducedRecord> =>
  fc.record({
    key: optional,
    value: optional,
    timestamp,
    headers: fc.dictionary(name, header, { maxKeys: 5 }),
  });
/** All of 13 digits, as kafkajs sorts them as text. */
const today = fc.integer({ min: 1_000_000_000_000, max: 9_999_999_999_999 });
const recordsOf = (timestamp: fc.Arbitrary<number>): fc.Arbitrary<readonly ProducedRecord[]> =>
  fc.array(recordOf(timestamp), { minLength: 1, maxLength: 40 });

describe('a record batch', () => {
  it('has the bytes that kafkajs gives it', async () => {
    const inOrder = recordsOf(fc.oneof(today, fc.constant(1_700_000_000_000))).map((records) =>
      records.toSorted((a, b) => a.timestamp - b.timestamp),
    );
    await fc.assert(
      fc.asyncProperty(inOrder, async (records) => {
        const firstTimestamp = records[0]!.timestamp;
        const stock = await stockBatch({
          ...{ firstTimestamp, maxTimestamp: records.at(-1)!.timestamp, transactional: true },
          ...{ producerId: String(producer.producerId), producerEpoch: producer.producerEpoch },
          ...{ firstSequence: producer.baseSequence, lastOffsetDelta: records.length - 1 },
          records: records.map(({ key, value, headers, timestamp }, offsetDelta) =>
            stockRecord({ key, value, headers, offsetDelta, timestampDelta: timestamp - firstTimestamp }),
          ),
        });
        expect(encode(records).toString('hex')).toBe(stock.buffer.toString('hex'));
      }),
      { numRuns: 300 },
    );
  });

  it('is read by kafkajs as it was, in whatever order its times are', async () => {
    const anyTime = fc.oneof(today, fc.integer({ min: 0, max: 2_000 }));
    await fc.assert(
      fc.asyncProperty(recordsOf(anyTime), async (records) => {
        const batch = await decode(encode(records));
        expect(batch.inTransaction).toBe(true);
        expect(Number(batch.firstTimestamp)).toBe(records[0]!.timestamp);
        expect(Number(batch.maxTimestamp)).toBe(Math.max(...records.map(({ timestamp }) => timestamp)));
        expect(batch.records.map(({ timestamp }) => Number(timestamp))).toEqual(
          records.map(({ timestamp }) => timestamp),
        );
        expect(batch.records.map(({ key, value }) => ({ key, value }))).toEqual(
          records.map(({ key, value }) => ({ key, value })),
        );
        for (const [index, { headers }] of records.entries()) {
          const wanted = Object.entries(headers).filter(([, value]) => !Array.isArray(value) || value.length > 0);
          for (const [own, value] of wanted) {
            const list = (Array.isArray(value) ? value : [value]) as (Buffer | string)[];
            const bytes = list.map((each) => Buffer.from(each));
            expect(batch.records[index]!.headers[own]).toEqual(bytes.length === 1 ? bytes[0] : bytes);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it('has a header without a value as one that is null', async () => {
    const record = { key: null, value: null, timestamp: 5, headers: { none: undefined } };
    const { records } = await decode(encode([record]));
    expect(records[0]!.headers).toEqual({ none: null });
  });

  it('is no longer than it may be, unless a record is, and nothing is lost or moved at the cuts', () => {
    const sized = fc.array(recordOf(fc.oneof(today, fc.constant(0))), { maxLength: 60 });
    fc.assert(
      fc.property(sized, fc.integer({ min: 61, max: 2_000 }), (records, maxBytes) => {
        const batches = batchesOf(records, maxBytes);
        expect(batches.flatMap((batch) => batch.records)).toEqual(records);
        for (const batch of batches) {
          if (batch.records.length > 1) expect(batch.size).toBeLessThanOrEqual(maxBytes);
          expect(bytesOf(batch).toString('hex')).toBe(encode(batch.records).toString('hex'));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('has numbers that begin anew once 31 bits are used up', () => {
    expect(sequenceAfter(0, 5)).toBe(5);
    expect(sequenceAfter(2 ** 31 - 1, 1)).toBe(0);
    expect(sequenceAfter(2 ** 31 - 2, 5)).toBe(3);
  });
});
