import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Deferral } from '../../../../src/streams/index.ts';
import { deferralSerde } from '../../../../src/streams/operators/rate-limit/deferral-serde.ts';

const bytes = fc.uint8Array().map((held) => Buffer.from(held));
const orNull = fc.option(bytes);
const text = fc.string({ unit: 'grapheme' });
const header = fc.oneof(bytes, text, fc.array(fc.oneof(bytes, text), { minLength: 2 }), fc.constant(undefined));
const headers = fc.dictionary(fc.oneof(text, fc.constant('__proto__')), header, { noNullPrototype: true });
const plain = { noNullPrototype: true } as const;
const serialized = fc.record({ key: orNull, value: orNull, headers }, plain);
const time = fc.integer({ min: -1, max: 2 ** 45 });
const source = fc
  .tuple(serialized, text, fc.nat(), fc.maxSafeNat(), time)
  .map(([held, topic, partition, offset, timestamp]) => ({ ...held, topic, partition, offset, timestamp }));
const deferral: fc.Arbitrary<Deferral> = fc.oneof(
  fc.record({ kind: fc.constant('queue' as const), head: fc.maxSafeNat(), tail: fc.maxSafeNat() }, plain),
  fc.record({ kind: fc.constant('record' as const), source, timestamp: time, changed: fc.option(serialized) }, plain),
);

describe('what is kept of a deferred record', () => {
  it('is all that it was: bytes, provenance, time and headers, text as text', () => {
    fc.assert(
      fc.property(deferral, (each) => {
        expect(deferralSerde.deserialize(deferralSerde.serialize(each))).toStrictEqual(each);
      }),
    );
  });

  it('is small: less than 100 bytes besides the record itself', () => {
    const value = Buffer.alloc(300);
    const key = Buffer.alloc(36);
    const from = { topic: 'points.ingest', partition: 3, offset: 123_456_789, timestamp: 1.7e12 };
    const kept = deferralSerde.serialize({
      ...{ kind: 'record', timestamp: 1.7e12, changed: null },
      source: { ...from, key, value, headers: {} },
    });
    expect(kept.length).toBeLessThan(key.length + value.length + 100);
  });

  it.each([
    ['has a layout nobody knows', Buffer.from([9, 1, 2])],
    ['is cut off', deferralSerde.serialize({ kind: 'queue', head: 1, tail: 2 }).subarray(0, 12)],
    ['is empty', Buffer.alloc(0)],
  ])('and %s is refused', (_what, held) => {
    expect(() => deferralSerde.deserialize(held)).toThrow(/deferred record/i);
  });
});
