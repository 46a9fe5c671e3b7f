import { RejectedCommandError } from '../errors.ts';
import type { EarningRule } from '../merchant.ts';

/**
 * Points for an amount: so many for every full step, nothing for a started one. `(12999, { points: 1, perMinorUnits:
 * 100 })` → 129.
 * @param amountMinor minor units of the merchant's currency, a safe integer >= 0
 * @throws RejectedCommandError AMOUNT_INVALID for any other amount; BALANCE_OVERFLOW for more points than a safe integer
 */
export const pointsFor = (amountMinor: number, rule: EarningRule): number => {
  if (!Number.isSafeInteger(amountMinor) || amountMinor < 0) {
    throw new RejectedCommandError('AMOUNT_INVALID', 'Amount is not a whole number of minor units', {
      amount_minor: amountMinor,
    });
  }
  // Dividing what is divisible is exact; a quotient near 2^53 may be rounded up to the next step.
  const fullSteps = (amountMinor - (amountMinor % rule.perMinorUnits)) / rule.perMinorUnits;
  const points = fullSteps * rule.points;
  if (!Number.isSafeInteger(points)) {
    throw new RejectedCommandError('BALANCE_OVERFLOW', 'Amount earns more points than can be counted', {
      amount_minor: amountMinor,
    });
  }
  return points;
};

/**
 * A rule as text, kept with each entry it made, so that a claw-back takes back by that rule: `1 point per 100 minor
 * units`. Stable: it is stored for ever.
 */
export const ruleText = (rule: EarningRule): string =>
  `${rule.points} ${rule.points === 1 ? 'point' : 'points'} per ${rule.perMinorUnits} minor ${
    rule.perMinorUnits === 1 ? 'unit' : 'units'
  }`;
