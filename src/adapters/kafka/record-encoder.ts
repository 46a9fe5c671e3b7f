import { sizeOfNumber, writeNumber } from './varint.ts';

type Content = Buffer | string | null | undefined;

/** What a record holds, as this project has it and as kafkajs hands it to its encoder. */
export interface RecordContent {
  readonly key?: Content;
  readonly value?: Content;
  readonly headers?: Readonly<Record<string, Content | readonly Content[]>>;
}

/** A record as kafkajs hands it to its encoder. */
export interface RecordToEncode extends RecordContent {
  readonly offsetDelta?: number;
  /** Milliseconds since the first record of the batch. */
  readonly timestampDelta?: number;
}

/** What kafkajs takes of an encoder that is written into another. */
export interface EncodedRecord {
  readonly buf: Buffer;
  readonly buffer: Buffer;
}

/**
 * A record in one buffer of its size. kafkajs makes a zeroed buffer of 512 bytes for the record and one for each of its
 * headers, and an array for each number.
 */
export function encodeRecord(record: RecordToEncode): EncodedRecord {
  const { offsetDelta = 0, timestampDelta = 0 } = record;
  const size = sizeOfRecord(record, timestampDelta, offsetDelta);
  const buf = Buffer.allocUnsafe(sizeOfNumber(size) + size);
  writeRecord(buf, 0, { record, size, timestampDelta, offsetDelta });
  return { buf, buffer: buf };
}

/**
 * Bytes of a record behind its length.
 * @see https://kafka.apache.org/documentation/#record
 */
export function sizeOfRecord(record: RecordContent, timestampDelta: number, offsetDelta: number): number {
  const { key, value, headers } = record;
  const size = 1 + sizeOfNumber(timestampDelta) + sizeOfNumber(offsetDelta) + sizeOfContent(key) + sizeOfContent(value);
  let pairs = 0;
  let bytes = 0;
  for (const name in headers) {
    const content = headers[name];
    const own = sizeOfContent(name);
    if (isList(content)) {
      pairs += content.length;
      for (const each of content) bytes += own + sizeOfContent(each);
    } else {
      pairs += 1;
      bytes += own + sizeOfContent(content);
    }
  }
  return size + sizeOfNumber(pairs) + bytes;
}

/** A record whose size is known. @returns where the next begins */
export function writeRecord(
  buf: Buffer,
  from: number,
  sized: {
    readonly record: RecordContent;
    readonly size: number;
    readonly timestampDelta: number;
    readonly offsetDelta: number;
  },
): number {
  const { key, value, headers } = sized.record;
  let at = writeNumber(buf, sized.size, from);
  // No attribute of a record is in use.
  buf[at] = 0;
  at = writeNumber(buf, sized.timestampDelta, at + 1);
  at = writeNumber(buf, sized.offsetDelta, at);
  at = writeContent(buf, key, at);
  at = writeContent(buf, value, at);
  at = writeNumber(buf, countOf(headers), at);
  for (const name in headers) {
    const content = headers[name];
    if (isList(content)) for (const each of content) at = writeContent(buf, each, writeContent(buf, name, at));
    else at = writeContent(buf, content, writeContent(buf, name, at));
  }
  return at;
}

/** A name with several values stands once for each. */
function countOf(headers: RecordContent['headers']): number {
  let pairs = 0;
  for (const name in headers) {
    const content = headers[name];
    pairs += isList(content) ? content.length : 1;
  }
  return pairs;
}

const isList = (content: Content | readonly Content[]): content is readonly Content[] => Array.isArray(content);

function sizeOfContent(content: Content): number {
  if (content === null || content === undefined) return 1;
  const length = lengthOf(content);
  return sizeOfNumber(length) + length;
}

function writeContent(buf: Buffer, content: Content, at: number): number {
  if (content === null || content === undefined) return writeNumber(buf, -1, at);
  const length = lengthOf(content);
  const from = writeNumber(buf, length, at);
  if (typeof content === 'string') buf.write(content, from);
  else buf.set(content, from);
  return from + length;
}

const lengthOf = (content: Buffer | string): number =>
  typeof content === 'string' ? Buffer.byteLength(content) : content.length;
