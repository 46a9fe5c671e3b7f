/** A record as kafkajs hands it to its encoder. */
export interface RecordToEncode {
  readonly offsetDelta?: number;
  /** Milliseconds since the first record of the batch. */
  readonly timestampDelta?: number;
  readonly key?: Buffer | string | null;
  readonly value?: Buffer | string | null;
  readonly headers?: Readonly<Record<string, HeaderValue | readonly HeaderValue[]>>;
}

type HeaderValue = Buffer | string | null | undefined;

/** What kafkajs takes of an encoder that is written into another. */
export interface EncodedRecord {
  readonly buf: Buffer;
  readonly buffer: Buffer;
}

/**
 * A record of Kafka's record batch (magic 2) in one buffer of its size. kafkajs makes a zeroed buffer of 512 bytes for the
 * record and one for each of its headers, and an array for each number: a fifth of the time of a processor under load.
 * @see https://kafka.apache.org/documentation/#record
 */
export function encodeRecord(record: RecordToEncode): EncodedRecord {
  const { offsetDelta = 0, timestampDelta = 0, headers = {} } = record;
  const key = bytesOf(record.key);
  const value = bytesOf(record.value);
  const pairs = headerPairs(headers);

  let size = 1 + sizeOfNumber(timestampDelta) + sizeOfNumber(offsetDelta) + sizeOfBytes(key) + sizeOfBytes(value);
  size += sizeOfNumber(pairs.length);
  for (const [name, bytes] of pairs) size += sizeOfBytes(name) + sizeOfBytes(bytes);

  const buf = Buffer.allocUnsafe(sizeOfNumber(size) + size);
  let at = writeNumber(buf, size, 0);
  // No attribute of a record is in use.
  buf[at] = 0;
  at = writeNumber(buf, timestampDelta, at + 1);
  at = writeNumber(buf, offsetDelta, at);
  at = writeBytes(buf, key, at);
  at = writeBytes(buf, value, at);
  at = writeNumber(buf, pairs.length, at);
  for (const [name, bytes] of pairs) at = writeBytes(buf, bytes, writeBytes(buf, name, at));
  return { buf, buffer: buf };
}

const bytesOf = (value: HeaderValue): Buffer | null =>
  value === null || value === undefined ? null : typeof value === 'string' ? Buffer.from(value, 'utf8') : value;

function headerPairs(headers: NonNullable<RecordToEncode['headers']>): (readonly [Buffer, Buffer | null])[] {
  const pairs: (readonly [Buffer, Buffer | null])[] = [];
  for (const name in headers) {
    const value = headers[name];
    const bytes = Buffer.from(name, 'utf8');
    if (isList(value)) for (const each of value) pairs.push([bytes, bytesOf(each)]);
    else pairs.push([bytes, bytesOf(value)]);
  }
  return pairs;
}

const isList = (value: HeaderValue | readonly HeaderValue[]): value is readonly HeaderValue[] => Array.isArray(value);

/** Numbers are zigzag-coded in groups of 7 bits. Up to here that can be done with 32-bit arithmetic. */
const largest = 2 ** 30;
const isSmall = (value: number): boolean => value < largest && value >= -largest;

function sizeOfNumber(value: number): number {
  if (!isSmall(value)) return sizeOfLong(value);
  let left = ((value << 1) ^ (value >> 31)) >>> 7;
  let size = 1;
  for (; left !== 0; left >>>= 7) size += 1;
  return size;
}

function writeNumber(buf: Buffer, value: number, at: number): number {
  if (!isSmall(value)) return writeLong(buf, value, at);
  let left = ((value << 1) ^ (value >> 31)) >>> 0;
  let next = at;
  for (; left > 0x7f; left >>>= 7) buf[next++] = (left & 0x7f) | 0x80;
  buf[next++] = left;
  return next;
}

const zigzag = (value: number): bigint => BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));

function sizeOfLong(value: number): number {
  let size = 1;
  for (let left = zigzag(value) >> 7n; left !== 0n; left >>= 7n) size += 1;
  return size;
}

function writeLong(buf: Buffer, value: number, at: number): number {
  let left = zigzag(value);
  let next = at;
  for (; left > 0x7fn; left >>= 7n) buf[next++] = Number(left & 0x7fn) | 0x80;
  buf[next++] = Number(left);
  return next;
}

const sizeOfBytes = (bytes: Buffer | null): number => (bytes === null ? 1 : sizeOfNumber(bytes.length) + bytes.length);

function writeBytes(buf: Buffer, bytes: Buffer | null, at: number): number {
  if (bytes === null) return writeNumber(buf, -1, at);
  const from = writeNumber(buf, bytes.length, at);
  bytes.copy(buf, from);
  return from + bytes.length;
}
