import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareKeys, isInRange } from '../../../src/streams/state/key-order.ts';
import {
  parseWindowedKey,
  parseWindowedKeyByEnd,
  windowedKey,
  windowedKeyByEnd,
  windowsEnding,
  windowsOf,
} from '../../../src/streams/state/windowed-key.ts';

/** Keys that try to look like each other's windows. */
const key = fc.string({
  unit: fc.constantFrom('\u0000', '\u0001', '0', '9', '000000000000005', 'a', ':', '\uffff', '\u{10000}', '\n'),
  maxLength: 5,
});
const time = fc.oneof(fc.nat(20), fc.integer({ min: 0, max: 999_999_999_999_999 }));
const byBytes = (a: string, b: string): number => Math.sign(Buffer.from(a).compare(Buffer.from(b)));

describe('the key of a window', () => {
  it('is read back as it was made', () => {
    fc.assert(
      fc.property(key, time, (name, at) => {
        expect(parseWindowedKey(windowedKey(name, at))).toEqual({ key: name, at });
        expect(parseWindowedKeyByEnd(windowedKeyByEnd(at, name))).toEqual({ key: name, at });
      }),
      { numRuns: 500 },
    );
  });

  it('is in the range of its own key and time, and in no other', () => {
    fc.assert(
      fc.property(key, time, key, time, time, (name, at, other, from, to) => {
        const isWanted = name === other && at >= from && at < to;
        expect(isInRange(windowedKey(name, at), windowsOf(other, from, to))).toBe(isWanted);
        expect(isInRange(windowedKey(name, at), windowsOf(other))).toBe(name === other);
        expect(isInRange(windowedKey(name, at), windowsOf(name, at))).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('sorts by key and then by time', () => {
    fc.assert(
      fc.property(key, time, key, time, (a, atA, b, atB) => {
        const wanted = byBytes(a, b) || Math.sign(atA - atB);
        expect(Math.sign(compareKeys(windowedKey(a, atA), windowedKey(b, atB)))).toBe(wanted);
      }),
      { numRuns: 1_000 },
    );
  });

  it('by end sorts by time and then by key, and is in the range of its end', () => {
    fc.assert(
      fc.property(key, time, key, time, (a, atA, b, atB) => {
        const [left, right] = [windowedKeyByEnd(atA, a), windowedKeyByEnd(atB, b)];
        expect(Math.sign(compareKeys(left, right))).toBe(Math.sign(atA - atB) || byBytes(a, b));
        expect(isInRange(left, windowsEnding(0, atB))).toBe(atA < atB);
        expect(isInRange(left, windowsEnding(atB))).toBe(atA >= atB);
        expect(isInRange(left, windowsEnding())).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('refuses times it could not sort', () => {
    for (const at of [-1, 0.5, Number.NaN, Infinity, 1e15]) {
      expect(() => windowedKey('a', at)).toThrow('whole milliseconds');
      expect(() => windowedKeyByEnd(at, 'a')).toThrow('whole milliseconds');
    }
    expect(windowedKeyByEnd(999_999_999_999_999, 'a')).toBe('999999999999999a');
  });

  it('refuses to read what is none', () => {
    for (const stored of [
      '',
      'a',
      'a\u0000\u000012',
      'a\u0000000000000000005',
      'a\u0000b\u0000\u0000000000000000005',
    ]) {
      expect(() => parseWindowedKey(stored)).toThrow('no key of a window');
    }
    for (const stored of ['', 'a', '12', 'a000000000000005']) {
      expect(() => parseWindowedKeyByEnd(stored)).toThrow('no key of a window');
    }
  });
});
