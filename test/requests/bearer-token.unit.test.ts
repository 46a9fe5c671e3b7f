import { expect, test } from 'vitest';
import { bearerToken } from '../../src/requests/bearer-token.ts';

test.each(['Bearer abc.def', 'bearer abc.def', 'BEARER  abc.def '])('%j carries the token abc.def', (value) => {
  expect(bearerToken([value])).toBe('abc.def');
});

test.each([
  [[]],
  [['']],
  [['Bearer']],
  [['Bearer ']],
  [['abc.def']],
  [['Basic abc.def']],
  [['Bearer abc def']],
  [['Bearer abc', 'Bearer abc']],
  [[Buffer.from('Bearer abc')]],
  [[`Bearer ${'a'.repeat(8_193)}`]],
  [['Bearer abc, Bearer def']],
  [['Bearer abc\0def']],
  [['Bearer abc\x01']],
  [['Bearer abc\ndef']],
  [['Bearer “abc”']],
  [['Bearer {abc}']],
  [['Bearer =abc']],
])('%j carries no token', (values: (string | Buffer)[]) => {
  expect(bearerToken(values)).toBeUndefined();
});

test('A token of 8,192 characters is still taken', () => {
  expect(bearerToken([`Bearer ${'a'.repeat(8_192)}`])).toHaveLength(8_192);
});
