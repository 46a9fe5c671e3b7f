import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExpiryIndex } from '../../../src/streams/state/expiry-index.ts';

describe('an index of expiries', () => {
  it('tells what is due, the earliest first, as many as wanted', () => {
    const index = new ExpiryIndex();
    for (const [at, key] of [
      [30, 'c'],
      [10, 'a'],
      [20, 'b1'],
      [20, 'b2'],
      [20, 'b2'],
    ] as const) {
      index.add(at, key);
    }
    expect(index.dueBefore(10, 9)).toEqual([]);
    expect(index.dueBefore(30, 9)).toEqual(['a', 'b1', 'b2']);
    expect(index.dueBefore(31, 2)).toEqual(['a', 'b1']);
  });

  it('holds what was added and not removed', () => {
    const at = fc.nat(4);
    const key = fc.constantFrom('a', 'b', 'c');
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), at, key), { maxLength: 40 }), (steps) => {
        const index = new ExpiryIndex();
        const model = new Set<string>();
        for (const [adds, time, name] of steps) {
          if (adds) index.add(time, name);
          else index.remove(time, name);
          if (adds) model.add(`${String(time)}${name}`);
          else model.delete(`${String(time)}${name}`);
        }
        for (let time = 0; time <= 5; time += 1) {
          const wanted = [...model].filter((entry) => Number(entry[0]) < time).map((entry) => entry.slice(1));
          expect([...index.dueBefore(time, Infinity)].sort()).toEqual(wanted.sort());
        }
      }),
    );
  });
});
