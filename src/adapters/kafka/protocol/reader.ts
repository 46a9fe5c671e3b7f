/**
 * Reads the fields of an answer one after the other. "Compact" are those of flexible versions, whose lengths are one more
 * than they are, so that 0 can say null.
 * @see https://kafka.apache.org/protocol#protocol_types
 */
export class Reader {
  readonly #buf: Buffer;
  #at = 0;

  constructor(buf: Buffer) {
    this.#buf = buf;
  }

  int16(): number {
    return this.#buf.readInt16BE(this.skip(2));
  }

  int32(): number {
    return this.#buf.readInt32BE(this.skip(4));
  }

  int64(): bigint {
    return this.#buf.readBigInt64BE(this.skip(8));
  }

  string(): string {
    return this.#text(this.int16());
  }

  compactString(): string | null {
    const length = this.#unsigned() - 1;
    return length < 0 ? null : this.#text(length);
  }

  array<Each>(read: () => Each): readonly Each[] {
    return Array.from({ length: this.int32() }, read);
  }

  compactArray<Each>(read: () => Each): readonly Each[] {
    return Array.from({ length: Math.max(0, this.#unsigned() - 1) }, read);
  }

  /** What a flexible version carries beside its fields: what newer brokers know is nothing to us. */
  skipTags(): void {
    for (let left = this.#unsigned(); left > 0; left -= 1) {
      this.#unsigned();
      this.skip(this.#unsigned());
    }
  }

  #text(length: number): string {
    const from = this.skip(length);
    return this.#buf.toString('utf8', from, from + length);
  }

  #unsigned(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#buf.readUInt8(this.skip(1));
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }

  /** @returns where they begin */
  skip(size: number): number {
    const from = this.#at;
    this.#at += size;
    return from;
  }
}
