/**
 * Kafka's protocol as far as a proxy must know it: where a message ends, what a request asks for, and which answer
 * belongs to it. See "Protocol Primitive Types" and "Protocol Messages" in Kafka's documentation.
 */

/** Requests whose answers decide whether a transaction's outcome is known, by the protocol's number. */
export const apiOf: ReadonlyMap<number, string> = new Map([
  [0, 'Produce'],
  [28, 'TxnOffsetCommit'],
  [26, 'EndTxn'],
]);

const sizeBytes = 4;

/** Cuts a stream of bytes into whole messages, each with the four bytes of its size before it. */
export class Frames {
  #rest: Buffer = Buffer.alloc(0);

  /** @returns the messages that are complete now */
  push(chunk: Buffer): readonly Buffer[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const frames: Buffer[] = [];
    for (;;) {
      if (this.#rest.length < sizeBytes) break;
      const end = sizeBytes + this.#rest.readInt32BE(0);
      if (this.#rest.length < end) break;
      frames.push(this.#rest.subarray(0, end));
      this.#rest = this.#rest.subarray(end);
    }
    return frames;
  }
}

/** What a request asks for, undefined where it is none of `apiOf`, and the number its answer will carry. */
export const requestOf = (frame: Buffer): { readonly api: string | undefined; readonly correlationId: number } => ({
  api: apiOf.get(frame.readInt16BE(sizeBytes)),
  correlationId: frame.readInt32BE(sizeBytes + 4),
});

/** The number of the request that this answers. */
export const answeredBy = (frame: Buffer): number => frame.readInt32BE(sizeBytes);
