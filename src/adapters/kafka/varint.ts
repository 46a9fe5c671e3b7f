/** Numbers are zigzag-coded in groups of 7 bits. Up to here that can be done with 32-bit arithmetic. */
const largest = 2 ** 30;
const isSmall = (value: number): boolean => value < largest && value >= -largest;

/** Bytes that `writeNumber` takes for a whole number. */
export function sizeOfNumber(value: number): number {
  if (!isSmall(value)) return sizeOfLong(value);
  let left = ((value << 1) ^ (value >> 31)) >>> 7;
  let size = 1;
  for (; left !== 0; left >>>= 7) size += 1;
  return size;
}

/** A whole number as Kafka's VARINT and VARLONG, which have the same bytes. @returns where the next byte goes */
export function writeNumber(buf: Buffer, value: number, at: number): number {
  if (!isSmall(value)) return writeLong(buf, value, at);
  return writeUnsigned(buf, ((value << 1) ^ (value >> 31)) >>> 0, at);
}

/** A number of up to 32 bits as Kafka's UNSIGNED_VARINT. @returns where the next byte goes */
export function writeUnsigned(buf: Buffer, value: number, at: number): number {
  let left = value;
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
