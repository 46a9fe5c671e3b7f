import { FileFault } from './file-fault.ts';

/** Reads LevelDB's numbers and strings off some bytes, one after the other. */
export class ByteReader {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#position >= this.#bytes.length;
  }

  /** Up to 2^53, which no number in a file of ours passes. */
  varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#bytes[this.#position];
      if (byte === undefined) throw new FileFault('it ends within a number');
      this.#position += 1;
      value += (byte % 128) * factor;
      if (byte < 128) return value;
    }
  }

  bytes(length: number): Buffer {
    const end = this.#position + length;
    if (end > this.#bytes.length) throw new FileFault('it ends within a string');
    const read = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return read;
  }
}
