import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pointsFor, RejectedCommandError, ruleText } from '../../../src/domain/index.ts';

const max = Number.MAX_SAFE_INTEGER;

describe('pointsFor', () => {
  it.each([
    [0, 1, 100, 0],
    [99, 1, 100, 0],
    [100, 1, 100, 1],
    [12_999, 1, 100, 129],
    [14_319, 1, 100, 143],
    [250, 3, 100, 6],
    [7, 5, 1, 35],
    [max, 1, 1, max],
    // Division of doubles would round these two quotients up to the next step.
    [max, 1, max, 1],
    [max - 1, 1, max, 0],
  ])('an amount of %d at %d per %d earns %d', (amountMinor, points, perMinorUnits, earned) => {
    expect(pointsFor(amountMinor, { points, perMinorUnits })).toBe(earned);
  });

  it('gives what exact arithmetic gives, or refuses', () => {
    const rule = fc.record({
      points: fc.integer({ min: 1 }),
      perMinorUnits: fc.maxSafeNat().filter((size) => size > 0),
    });
    fc.assert(
      fc.property(fc.maxSafeNat(), rule, (amountMinor, { points, perMinorUnits }) => {
        const exact = (BigInt(amountMinor) / BigInt(perMinorUnits)) * BigInt(points);
        if (exact <= BigInt(max)) expect(BigInt(pointsFor(amountMinor, { points, perMinorUnits }))).toBe(exact);
        else expect(() => pointsFor(amountMinor, { points, perMinorUnits })).toThrow(RejectedCommandError);
      }),
    );
  });

  it('never gives less for more', () => {
    const rule = fc.record({
      points: fc.integer({ min: 1, max: 100 }),
      perMinorUnits: fc.integer({ min: 1, max: 9999 }),
    });
    fc.assert(
      fc.property(fc.nat(), fc.nat(), rule, (amountMinor, more, earningRule) => {
        expect(pointsFor(amountMinor + more, earningRule)).toBeGreaterThanOrEqual(pointsFor(amountMinor, earningRule));
      }),
    );
  });

  it.each([-1, 0.5, Number.NaN, max + 1])('refuses an amount of %d', (amountMinor) => {
    expect(() => pointsFor(amountMinor, { points: 1, perMinorUnits: 1 })).toThrow(
      expect.objectContaining({ code: 'AMOUNT_INVALID', retryable: false }),
    );
  });
});

describe('ruleText', () => {
  it.each([
    [1, 100, '1 point per 100 minor units'],
    [2, 100, '2 points per 100 minor units'],
    [10, 1, '10 points per 1 minor unit'],
  ])('writes %d per %d as %j', (points, perMinorUnits, text) => {
    expect(ruleText({ points, perMinorUnits })).toBe(text);
  });
});
