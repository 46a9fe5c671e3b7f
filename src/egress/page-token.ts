import { invalidArgument } from './errors.ts';

/** Version of what a token holds, so that another kind of page may have another. */
const version = '1';

const shape = /^1:([1-9]\d{0,15})$/;

/** The token of the page whose entries have a sequence below `before`. */
export const pageToken = (before: number): string => Buffer.from(`${version}:${before}`).toString('base64url');

/**
 * The sequence below which a page's entries are; undefined for an empty token, the first page.
 *
 * A token holds nothing else. Whose entries are listed comes from the request, which the caller's own token has to
 * permit, so that a page token of another account, or one made up, opens nothing.
 * @throws CallRefusedError INVALID_ARGUMENT for what no page could have given
 */
export function readPageToken(token: string): number | undefined {
  if (token === '') return undefined;
  const text = token.length > 64 ? '' : Buffer.from(token, 'base64url').toString('latin1');
  const before = Number(shape.exec(text)?.[1]);
  // Base64 has many spellings of the same bytes, and a number beyond those that count exactly would be another one.
  if (!Number.isSafeInteger(before) || pageToken(before) !== token) {
    throw invalidArgument('page_token must be the next_page_token of a page before');
  }
  return before;
}
