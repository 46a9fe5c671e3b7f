import { expect, test } from 'vitest';
import { asId, asPoints } from '../../src/requests/arguments.ts';

test('An id is read in lower case', () => {
  expect(asId('3E7F1C2A-9D4B-4F6E-8A5C-0B1D2E3F4A5B')).toBe('3e7f1c2a-9d4b-4f6e-8a5c-0b1d2e3f4a5b');
});

test.each(['', '4711', '3e7f1c2a9d4b4f6e8a5c0b1d2e3f4a5b', '00000000-0000-0000-0000-000000000000'])(
  '%j is no id',
  (text) => {
    expect(asId(text)).toBeUndefined();
  },
);

test('The most points that are counted exactly are taken', () => {
  expect(asPoints('9007199254740991')).toBe(9_007_199_254_740_991);
});

test.each(['', '0', '-1', '1.0', '1e2', '+5', '05', ' 5', '9007199254740992', '99999999999999999999'])(
  '%j is no number of points',
  (text) => {
    expect(asPoints(text)).toBeUndefined();
  },
);
