import { crc32c } from '@node-rs/crc32';
import type { ProducedRecord } from '../../streams/ports.ts';
import { sizeOfRecord, writeRecord } from './record-encoder.ts';
import { sizeOfNumber } from './varint.ts';

/** A stretch of one partition's records that are stored together, measured but not written yet. */
export interface RecordBatch {
  readonly records: readonly ProducedRecord[];
  /** Of each record behind its length. */
  readonly sizes: readonly number[];
  /** Of the whole batch. */
  readonly size: number;
}

/** What a broker knows a producer's batches by. */
export interface BatchProducer {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  /** The number of the batch's first record among all that the producer has sent to the partition. */
  readonly baseSequence: number;
}

/** The number that follows a batch's last record: they are 31 bits wide and then begin anew. */
export const sequenceAfter = (baseSequence: number, count: number): number => (baseSequence + count) % 2 ** 31;

/** Where the fields of a batch stand that are written out of their order, and what is in front of its records. */
const place = { length: 8, magic: 16, checksum: 17, attributes: 21, records: 61 };
const magic = 2;
const isTransactional = 1 << 4;

/** Cuts records into batches of no more than so many bytes, in order; a record that is longer is one by itself. */
export function batchesOf(records: readonly ProducedRecord[], maxBytes: number): readonly RecordBatch[] {
  const batches: RecordBatch[] = [];
  let from = 0;
  let size = place.records;
  let sizes: number[] = [];
  records.forEach((record, index) => {
    let bytes = sizeOfRecord(record, record.timestamp - baseOf(records, from), index - from);
    if (index > from && size + sizeOfNumber(bytes) + bytes > maxBytes) {
      batches.push({ records: records.slice(from, index), sizes, size });
      from = index;
      size = place.records;
      sizes = [];
      bytes = sizeOfRecord(record, 0, 0);
    }
    sizes.push(bytes);
    size += sizeOfNumber(bytes) + bytes;
  });
  if (sizes.length > 0) batches.push({ records: from === 0 ? records : records.slice(from), sizes, size });
  return batches;
}

/** A batch's times are told as distances from that of its first record, also where one is earlier. */
const baseOf = (records: readonly ProducedRecord[], first: number): number => records[first]?.timestamp ?? 0;

/**
 * Kafka's record batch (magic 2) of a transaction, uncompressed, written in one go. kafkajs copies every record three
 * times on its way into a batch, sorts their times as text, and computes the checksum in JavaScript.
 * @returns where the next byte goes
 * @see https://kafka.apache.org/documentation/#recordbatch
 */
export function writeBatch(buf: Buffer, from: number, batch: RecordBatch, producer: BatchProducer): number {
  const { records, sizes } = batch;
  const base = baseOf(records, 0);
  let maxTimestamp = base;
  let at = from + place.records;
  for (let offsetDelta = 0; offsetDelta < records.length; offsetDelta += 1) {
    const record = records[offsetDelta];
    if (record === undefined) continue;
    if (record.timestamp > maxTimestamp) maxTimestamp = record.timestamp;
    const timestampDelta = record.timestamp - base;
    at = writeRecord(buf, at, { record, size: sizes[offsetDelta] ?? 0, timestampDelta, offsetDelta });
  }
  const end = at;

  // The broker gives it its offset.
  at = buf.writeBigInt64BE(0n, from);
  at = buf.writeInt32BE(end - from - place.length - 4, at);
  // The leader's epoch, which a producer does not tell.
  at = buf.writeInt32BE(0, at);
  buf[at] = magic;
  at = buf.writeInt16BE(isTransactional, from + place.attributes);
  at = buf.writeInt32BE(records.length - 1, at);
  at = buf.writeBigInt64BE(BigInt(base), at);
  at = buf.writeBigInt64BE(BigInt(maxTimestamp), at);
  at = buf.writeBigInt64BE(producer.producerId, at);
  at = buf.writeInt16BE(producer.producerEpoch, at);
  at = buf.writeInt32BE(producer.baseSequence, at);
  buf.writeInt32BE(records.length, at);
  buf.writeUInt32BE(crc32c(buf.subarray(from + place.attributes, end)), from + place.checksum);
  return end;
}
