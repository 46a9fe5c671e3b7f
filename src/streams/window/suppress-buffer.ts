import type { Headers } from '../record.ts';
import { DeserializationError } from '../errors.ts';
import type { Serde } from '../serde.ts';

/** A result that waits for its window to close. */
export interface HeldResult {
  readonly kind: 'result';
  readonly timestamp: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
}

/** Under `emittedKey`: no window that ends at this time or before it has a result any more. */
export interface Emitted {
  readonly kind: 'emitted';
  readonly upTo: number;
}

const tags = { emitted: 0, result: 1 } as const;
/** Tag, time, and length of the headers. */
const headBytes = 13;

/** Behind all results, whose keys begin with a digit. */
export const emittedKey = 'emitted';

export const bufferSerde = <V>(valueSerde: Serde<V>): Serde<HeldResult | Emitted> => ({
  ...(valueSerde.prepare !== undefined && {
    prepare: (payloads) => valueSerde.prepare?.(payloads.map(valueBytesOf)) ?? Promise.resolve(),
  }),
  serialize: (held) => {
    const headers = held.kind === 'result' ? writeHeaders(held.headers) : Buffer.alloc(0);
    const head = Buffer.alloc(headBytes);
    head.writeUInt8(tags[held.kind], 0);
    head.writeDoubleBE(held.kind === 'result' ? held.timestamp : held.upTo, 1);
    head.writeUInt32BE(headers.length, 9);
    return Buffer.concat([head, headers, ...(held.kind === 'result' ? [held.bytes] : [])]);
  },
  deserialize: (bytes) => {
    if (bytes.length < headBytes) throw new DeserializationError('A held back result is cut off');
    const time = bytes.readDoubleBE(1);
    if (bytes.readUInt8(0) === tags.emitted) return { kind: 'emitted', upTo: time };
    const headers = readHeaders(bytes.subarray(headBytes, headersEnd(bytes)));
    return { kind: 'result', timestamp: time, headers, bytes: bytes.subarray(headersEnd(bytes)) };
  },
});

const headersEnd = (bytes: Buffer): number => headBytes + bytes.readUInt32BE(9);

const valueBytesOf = (bytes: Buffer | null): Buffer | null =>
  bytes === null || bytes.length < headBytes || bytes.readUInt8(0) === tags.emitted
    ? null
    : bytes.subarray(headersEnd(bytes));

const toBase64 = (value: Buffer | string): string => Buffer.from(value).toString('base64');

function writeHeaders(headers: Headers): Buffer {
  const entries = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, isMany(value) ? value.map(toBase64) : toBase64(value)] as const],
  );
  return entries.length === 0 ? Buffer.alloc(0) : Buffer.from(JSON.stringify(entries));
}

const isMany = (value: Buffer | string | readonly (Buffer | string)[]): value is readonly (Buffer | string)[] =>
  Array.isArray(value);

function readHeaders(bytes: Buffer): Headers {
  if (bytes.length === 0) return {};
  const entries = JSON.parse(bytes.toString()) as readonly (readonly [string, string | readonly string[]])[];
  const read = (value: string): Buffer => Buffer.from(value, 'base64');
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === 'string' ? read(value) : value.map(read)]),
  );
}
