import type { IHeaders, Message } from 'kafkajs';
import type { ProducedRecord } from '../../streams/ports.ts';

/** A broker takes 1 MiB a batch by default; half of it leaves room for headers and overhead. */
export const maxBatchBytes = 512 * 1_024;

const framingBytes = 64;
const headerFramingBytes = 16;

const headerBytes = (value: Buffer | string | readonly (Buffer | string)[] | undefined): number => {
  if (value === undefined) return 0;
  if (typeof value === 'string' || Buffer.isBuffer(value)) return Buffer.byteLength(value) + headerFramingBytes;
  return value.reduce((sum, each) => sum + Buffer.byteLength(each) + headerFramingBytes, 0);
};

/** Headers too: those of a dead letter are often longer than its value. */
const sizeOf = ({ key, value, headers }: ProducedRecord): number => {
  let bytes = (key?.length ?? 0) + (value?.length ?? 0) + framingBytes;
  for (const name in headers) bytes += name.length + headerBytes(headers[name]);
  return bytes;
};

/** Cuts records into runs that each fit one batch, in order. */
export function chunksOf(records: readonly ProducedRecord[]): readonly (readonly ProducedRecord[])[] {
  const chunks: ProducedRecord[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const record of records) {
    bytes += sizeOf(record);
    if (bytes > maxBatchBytes) {
      chunks.push([]);
      bytes = sizeOf(record);
    }
    chunks.at(-1)?.push(record);
  }
  return chunks;
}

export const messageOf = ({ key, value, timestamp, headers }: ProducedRecord, partition: number): Message => ({
  key,
  value,
  partition,
  timestamp: String(timestamp),
  headers: headers as IHeaders,
});
