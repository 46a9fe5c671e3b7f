import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requestFrame } from '../../../src/adapters/kafka/request-frame.ts';

const require = createRequire(import.meta.url);
// kafkajs' own: this file never loads what takes its place.
const stock = require('kafkajs/src/protocol/request') as typeof requestFrame;

describe('a request', () => {
  it('has the bytes that kafkajs gives it', async () => {
    const int16 = fc.integer({ min: 0, max: 2 ** 15 - 1 });
    const frames = fc.record({
      correlationId: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
      clientId: fc.string({ unit: 'grapheme', maxLength: 50 }),
      request: fc.record({
        apiKey: int16,
        apiVersion: int16,
        encode: fc.uint8Array({ maxLength: 2_000 }).map((array) => {
          const buffer = Buffer.from(array);
          return () => Promise.resolve({ buf: buffer, buffer });
        }),
      }),
    });
    await fc.assert(
      fc.asyncProperty(frames, async (frame) => {
        const [ours, theirs] = await Promise.all([requestFrame(frame), stock(frame)]);
        expect(ours.buffer.toString('hex')).toBe(theirs.buffer.toString('hex'));
      }),
    );
  });
});
