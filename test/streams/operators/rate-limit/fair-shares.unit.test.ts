import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fairShares } from '../../../../src/streams/operators/rate-limit/fair-shares.ts';

const shares = (wanted: readonly number[], most: number): readonly (number | undefined)[] => {
  const given = fairShares(new Map(wanted.map((want, index) => [String(index), want])), most);
  return wanted.map((_, index) => given.get(String(index)));
};

describe('fair shares', () => {
  it.each([
    [[], 10, []],
    [[3, 4], 10, [3, 4]],
    [[100, 2, 100], 10, [4, 2, 4]],
    [[100, 100, 100], 10, [3, 3, 4]],
    [[Number.POSITIVE_INFINITY, 1], 10, [9, 1]],
    [[5, 5, 5], 2, [1, 1, undefined]],
  ])('of %j who may have %i together are %j', (wanted, most, expected) => {
    expect(shares(wanted, most)).toEqual(expected);
  });

  it('leave nothing over that somebody wants, and give nobody less than another who does not want less', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 40 }),
        fc.integer({ min: 1, max: 300 }),
        (wanted, most) => {
          const given = shares(wanted, most).map((share) => share ?? 0);
          const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
          if (wanted.length <= most) expect(sum(given)).toBe(Math.min(most, sum(wanted)));
          given.forEach((share, index) => {
            expect(share).toBeLessThanOrEqual(wanted[index]!);
            if (share < wanted[index]!) expect(share).toBeGreaterThanOrEqual(Math.max(...given) - 1);
          });
        },
      ),
    );
  });
});
