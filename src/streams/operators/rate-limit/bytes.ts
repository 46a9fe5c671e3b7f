import { DeserializationError } from '../../errors.ts';

/** Says that there are no bytes, where none at all is not the same as an empty value. */
const absent = 0xffff_ffff;

/** Puts fields one behind the other. */
export class ByteWriter {
  readonly #parts: Buffer[] = [];

  byte(value: number): this {
    this.#parts.push(Buffer.of(value));
    return this;
  }

  number(value: number): this {
    const bytes = Buffer.allocUnsafe(8);
    bytes.writeDoubleBE(value);
    this.#parts.push(bytes);
    return this;
  }

  text(value: string): this {
    return this.bytes(Buffer.from(value, 'utf8'));
  }

  bytes(value: Buffer | null): this {
    const length = Buffer.allocUnsafe(4);
    length.writeUInt32BE(value?.length ?? absent);
    this.#parts.push(length);
    if (value !== null) this.#parts.push(value);
    return this;
  }

  done(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

/** Reads fields in the order in which they were written; what it gives out shares the memory of what it reads. */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  byte(): number {
    return this.#next(1).readUInt8();
  }

  number(): number {
    return this.#next(8).readDoubleBE();
  }

  text(): string {
    return this.bytes()?.toString('utf8') ?? '';
  }

  bytes(): Buffer | null {
    const length = this.#next(4).readUInt32BE();
    return length === absent ? null : this.#next(length);
  }

  #next(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new DeserializationError('A deferred record is cut off');
    const field = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return field;
  }
}
