import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answeredBy, Frames, requestOf } from './frames.ts';

/** A message with the four bytes of its size. */
const framed = (body: Buffer): Buffer => {
  const size = Buffer.alloc(4);
  size.writeInt32BE(body.length);
  return Buffer.concat([size, body]);
};
const requestFor = (api: number, correlationId: number): Buffer => {
  const header = Buffer.alloc(8);
  header.writeInt16BE(api, 0);
  header.writeInt32BE(correlationId, 4);
  return framed(header);
};

describe('frames', () => {
  test('are the messages that were written, however the stream was cut', () => {
    const bodies = fc.array(fc.uint8Array({ minLength: 8, maxLength: 40 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(bodies, fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), (all, cuts) => {
        const messages = all.map((body) => framed(Buffer.from(body)));
        const stream = Buffer.concat(messages);
        const frames = new Frames();
        const found: Buffer[] = [];
        for (let at = 0, turn = 0; at < stream.length; turn += 1) {
          const length = cuts[turn % cuts.length] ?? 1;
          found.push(...frames.push(stream.subarray(at, at + length)));
          at += length;
        }
        expect(found.map((frame) => frame.toString('hex'))).toEqual(messages.map((frame) => frame.toString('hex')));
      }),
    );
  });

  test('name the requests of a transaction’s outcome and no others', () => {
    expect(requestOf(requestFor(0, 7))).toEqual({ api: 'Produce', correlationId: 7 });
    expect(requestOf(requestFor(28, 8))).toEqual({ api: 'TxnOffsetCommit', correlationId: 8 });
    expect(requestOf(requestFor(26, 9))).toEqual({ api: 'EndTxn', correlationId: 9 });
    expect(requestOf(requestFor(1, 10))).toEqual({ api: undefined, correlationId: 10 });
  });

  test('tell which request an answer is for', () => {
    const answer = Buffer.alloc(4);
    answer.writeInt32BE(1_234_567);
    expect(answeredBy(framed(answer))).toBe(1_234_567);
  });
});
