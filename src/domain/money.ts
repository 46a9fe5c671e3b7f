import { data as currencies } from 'currency-codes';
import { PointsError } from '../common/errors.ts';

export type MoneyFault = 'malformed' | 'too_large';

/** An amount that is no decimal number, or that does not fit a safe integer of minor units. Never quotes the amount. */
export class MoneyError extends PointsError {
  readonly code = 'MONEY_INVALID';

  constructor(fault: MoneyFault) {
    super(fault === 'malformed' ? 'Amount is not a decimal number' : 'Amount is too large', { facts: { fault } });
  }
}

const decimalsOfCurrency = new Map(currencies.map(({ code, digits }) => [code, digits]));

/** What most currencies have; also assumed for unknown codes, which no merchant can have as theirs. */
const usualDecimals = 2;

/** Whether this is an ISO 4217 code, in upper case. */
export const isKnownCurrency = (currency: string): boolean => decimalsOfCurrency.has(currency);

/** Decimals of a currency by ISO 4217: 0 for JPY, 2 for USD, 3 for KWD; 2 for an unknown code. */
export const currencyDecimals = (currency: string): number => decimalsOfCurrency.get(currency) ?? usualDecimals;

/**
 * A JSON number's grammar, but leading zeros are let through. Its parts are bounded, because the cost of big-integer
 * arithmetic grows with the number of digits, and with the value of an exponent.
 */
const decimalNumber = /^(-?)(\d{1,40})(?:\.(\d{1,40}))?(?:[eE]([+-]?\d{1,3}))?$/;

/** More powers of ten than this put any digit above 0 beyond the safe integers. */
const largestShift = 16;

const roundedQuotient = (dividend: bigint, divisor: bigint): bigint => {
  const quotient = dividend / divisor;
  return (dividend % divisor) * 2n >= divisor ? quotient + 1n : quotient;
};

/**
 * A decimal amount in a currency's minor units, exactly: `('130.65', 'USD')` → 13065, `('14319', 'JPY')` → 14319.
 *
 * No float is involved. Decimals beyond the currency's are rounded half away from zero: `('130.64999999999998',
 * 'USD')` → 13065. An exponent is taken, as JSON numbers may have one.
 * @throws MoneyError when the text is no decimal number, or too large for a safe integer
 */
export const toMinorUnits = (amount: string, currency: string): number => {
  const parts = decimalNumber.exec(amount);
  if (parts === null) throw new MoneyError('malformed');
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = parts;

  const digits = BigInt(whole + fraction);
  const shift = Number(exponent) - fraction.length + currencyDecimals(currency);
  if (digits > 0n && shift > largestShift) throw new MoneyError('too_large');

  const minorUnits =
    shift >= 0 ? digits * 10n ** BigInt(Math.min(shift, largestShift)) : roundedQuotient(digits, 10n ** BigInt(-shift));
  if (minorUnits > BigInt(Number.MAX_SAFE_INTEGER)) throw new MoneyError('too_large');
  return Number(sign === '-' ? -minorUnits : minorUnits);
};
