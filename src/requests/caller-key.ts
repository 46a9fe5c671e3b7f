import { unknownKey } from '../admission/index.ts';
import { bearerToken } from './bearer-token.ts';
import type { TokenValidator } from './ports.ts';

/**
 * By what a caller is told from others before anybody is asked who it is: its merchant, where its token was valid a moment
 * ago. All others share one key, so that many new or made-up tokens are no more than one caller.
 * @param authorization every value of the metadata key or header `authorization`
 */
export const callerKey = (
  tokens: Pick<TokenValidator, 'merchantOf'>,
  authorization: readonly (string | Buffer)[],
): string => {
  const token = bearerToken(authorization);
  return (token === undefined ? undefined : tokens.merchantOf(token)) ?? unknownKey;
};
