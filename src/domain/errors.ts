import { type ErrorFacts, PointsError } from '../common/errors.ts';

/** Why a rule refuses a command for good: it names the dead letter, so these never change. */
export type RejectionCode =
  | 'CURRENCY_MISMATCH'
  | 'AMOUNT_INVALID'
  | 'BALANCE_OVERFLOW'
  | 'UNKNOWN_MERCHANT'
  | 'UNKNOWN_CUSTOMER'
  | 'UNKNOWN_TIER'
  | 'COMMAND_UNKNOWN';

/** A well-formed command that the merchant's rules refuse; sending it again changes nothing. */
export class RejectedCommandError extends PointsError {
  readonly code: RejectionCode;

  constructor(code: RejectionCode, message: string, facts: ErrorFacts = {}) {
    super(message, { facts });
    this.code = code;
  }
}

/** @throws RejectedCommandError CURRENCY_MISMATCH */
export const requireCurrency = (actual: string, expected: string): void => {
  if (actual === expected) return;
  throw new RejectedCommandError(
    'CURRENCY_MISMATCH',
    `Amount is in ${actual || 'no currency'}, but the merchant earns on ${expected}`,
    { expected, actual },
  );
};
