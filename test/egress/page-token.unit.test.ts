import { expect, test } from 'vitest';
import { pageToken, readPageToken } from '../../src/egress/page-token.ts';

test.each([1, 2, 21, 1_000_000, Number.MAX_SAFE_INTEGER])('The token of a page before %i says so again', (before) => {
  expect(readPageToken(pageToken(before))).toBe(before);
});

test('An empty token is the first page', () => {
  expect(readPageToken('')).toBeUndefined();
});

const base64 = (text: string): string => Buffer.from(text).toString('base64url');

test.each([
  'nonsense',
  ' ',
  '!',
  base64('1:0'),
  base64('1:-5'),
  base64('1:05'),
  base64('1:1e3'),
  base64('1:9007199254740993'),
  base64('2:5'),
  base64('1:5:11111111-1111-4111-8111-111111111111'),
  base64('{"sequence":5}'),
  `${pageToken(5)}=`,
  `${pageToken(5)} `,
  pageToken(5).slice(0, -1),
  pageToken(5).repeat(1_000),
])('A token that no page gave is refused: %s', (token) => {
  expect(() => readPageToken(token)).toThrow(
    expect.objectContaining({
      code: 'INVALID_ARGUMENT',
      message: 'page_token must be the next_page_token of a page before',
    }),
  );
});
