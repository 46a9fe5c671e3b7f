import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { currencyDecimals, isKnownCurrency, MoneyError, toMinorUnits } from '../../src/domain/index.ts';

const rejection = (amount: string): unknown => {
  try {
    return toMinorUnits(amount, 'USD');
  } catch (thrown) {
    return thrown;
  }
};

describe('toMinorUnits', () => {
  it.each([
    ['25.00', 'USD', 2500],
    ['25', 'USD', 2500],
    ['0.1', 'USD', 10],
    ['14319', 'JPY', 14319],
    ['14319.00', 'JPY', 14319],
    ['12.345', 'KWD', 12345],
    ['12.5', 'BHD', 12500],
    ['1000', 'IQD', 1_000_000],
    ['0', 'USD', 0],
    ['-0.00', 'USD', 0],
    ['-5.25', 'USD', -525],
    ['007.50', 'USD', 750],
    ['90071992547409.91', 'USD', 9_007_199_254_740_991],
  ])('reads %s %s as %d minor units', (amount, currency, minorUnits) => {
    expect(toMinorUnits(amount, currency)).toBe(minorUnits);
  });

  it.each([
    ['130.64999999999998', 'USD', 13065],
    ['10.005', 'USD', 1001],
    ['10.00499999999999999999', 'USD', 1000],
    ['-10.005', 'USD', -1001],
    ['1.005', 'USD', 101],
    ['0.5', 'JPY', 1],
    ['0.4999', 'JPY', 0],
    ['1.0005', 'KWD', 1001],
  ])('rounds %s %s half away from zero to %d', (amount, currency, minorUnits) => {
    expect(toMinorUnits(amount, currency)).toBe(minorUnits);
  });

  it.each([
    ['1e2', 'USD', 10_000],
    ['1.25E+1', 'USD', 1250],
    ['125e-2', 'USD', 125],
    ['0e999', 'USD', 0],
    ['1e-999', 'USD', 0],
  ])('takes the exponent of %s %s', (amount, currency, minorUnits) => {
    expect(toMinorUnits(amount, currency)).toBe(minorUnits);
  });

  it('takes two decimals for a currency nobody knows', () => {
    expect(toMinorUnits('1.50', 'ZZZ')).toBe(150);
  });

  it.each(['', ' 1', '1 ', '1,50', '.5', '5.', '+1', '0x10', 'NaN', 'Infinity', '1e', '١٢', '1\n', '9'.repeat(41)])(
    'refuses %j as malformed',
    (amount) => {
      expect(rejection(amount)).toMatchObject({ code: 'MONEY_INVALID', facts: { fault: 'malformed' } });
    },
  );

  it.each(['90071992547409.92', '1e300', '-90071992547409.92', '9'.repeat(40)])('refuses %s as too large', (amount) => {
    expect(rejection(amount)).toMatchObject({ code: 'MONEY_INVALID', facts: { fault: 'too_large' } });
  });

  it('does not quote the amount it refuses', () => {
    const error = rejection('alice@example.com');
    expect(error).toBeInstanceOf(MoneyError);
    expect(String(error)).toBe('MoneyError: Amount is not a decimal number');
  });

  it('gives back every safe integer of minor units that is written out with the decimals of its currency', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.constantFrom('JPY', 'USD', 'KWD', 'CLF'), (minorUnits, currency) => {
        const decimals = currencyDecimals(currency);
        const digits = String(minorUnits).padStart(decimals + 1, '0');
        const point = digits.length - decimals;
        const text = decimals === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`;
        expect(toMinorUnits(text, currency)).toBe(minorUnits);
        expect(toMinorUnits(`-${text}`, currency)).toBe(minorUnits === 0 ? 0 : -minorUnits);
      }),
    );
  });

  it('is never further than half a minor unit from the exact value', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999_999 }), fc.stringMatching(/^[0-9]{1,30}$/), (whole, fraction) => {
        const scale = 10n ** BigInt(fraction.length);
        const exact = (BigInt(whole) * scale + BigInt(fraction)) * 100n;
        const difference = BigInt(toMinorUnits(`${whole}.${fraction}`, 'USD')) * scale - exact;
        expect(2n * (difference < 0n ? -difference : difference) <= scale).toBe(true);
      }),
    );
  });
});

describe('currencies', () => {
  it.each([
    ['JPY', 0],
    ['USD', 2],
    ['KWD', 3],
    ['CLF', 4],
  ])('%s has %d decimals', (currency, decimals) => {
    expect(currencyDecimals(currency)).toBe(decimals);
    expect(isKnownCurrency(currency)).toBe(true);
  });

  it.each(['usd', 'ZZZ', '', 'constructor'])('does not know %j', (currency) => {
    expect(isKnownCurrency(currency)).toBe(false);
  });
});
