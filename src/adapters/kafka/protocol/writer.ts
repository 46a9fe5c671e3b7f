import { writeUnsigned } from '../varint.ts';

/** What kafkajs takes of a request that is written into the frame it sends. */
export interface Payload {
  readonly buf: Buffer;
  readonly buffer: Buffer;
}

/**
 * Writes the fields of a request one after the other. "Compact" are those of flexible versions, whose lengths are one
 * more than they are, so that 0 can say null.
 * @see https://kafka.apache.org/protocol#protocol_types
 */
export class Writer {
  #buf: Buffer;
  #at = 0;

  constructor(capacity = 512) {
    this.#buf = Buffer.allocUnsafe(capacity);
  }

  int8(value: number): this {
    this.reserve(1, (buf, at) => buf.writeInt8(value, at));
    return this;
  }

  int16(value: number): this {
    this.reserve(2, (buf, at) => buf.writeInt16BE(value, at));
    return this;
  }

  int32(value: number): this {
    this.reserve(4, (buf, at) => buf.writeInt32BE(value, at));
    return this;
  }

  int64(value: bigint): this {
    this.reserve(8, (buf, at) => buf.writeBigInt64BE(value, at));
    return this;
  }

  string(value: string): this {
    this.int16(Buffer.byteLength(value));
    return this.#text(value);
  }

  compactString(value: string | null): this {
    if (value === null) return this.#unsigned(0);
    this.#unsigned(Buffer.byteLength(value) + 1);
    return this.#text(value);
  }

  array<Each>(list: readonly Each[], write: (each: Each) => void): this {
    this.int32(list.length);
    list.forEach(write);
    return this;
  }

  compactArray<Each>(list: readonly Each[], write: (each: Each) => void): this {
    this.#unsigned(list.length + 1);
    list.forEach(write);
    return this;
  }

  /** What a flexible version may carry beside its fields: nothing, here. */
  noTags(): this {
    return this.#unsigned(0);
  }

  /** Hands over a place of so many bytes. */
  reserve(size: number, write: (buf: Buffer, at: number) => void): void {
    const end = this.#at + size;
    if (end > this.#buf.length) {
      const larger = Buffer.allocUnsafe(Math.max(end, this.#buf.length * 2));
      this.#buf.copy(larger, 0, 0, this.#at);
      this.#buf = larger;
    }
    write(this.#buf, this.#at);
    this.#at = end;
  }

  payload(): Payload {
    const buffer = this.#buf.subarray(0, this.#at);
    return { buf: buffer, buffer };
  }

  #text(value: string): this {
    this.reserve(Buffer.byteLength(value), (buf, at) => buf.write(value, at));
    return this;
  }

  #unsigned(value: number): this {
    let size = 1;
    for (let left = value >>> 7; left !== 0; left >>>= 7) size += 1;
    this.reserve(size, (buf, at) => writeUnsigned(buf, value, at));
    return this;
  }
}
