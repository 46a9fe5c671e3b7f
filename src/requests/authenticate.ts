import { bearerToken } from './bearer-token.ts';
import type { Identity, TokenValidator } from './ports.ts';

/** A caller, and the token that says so: whoever goes on for long asks about it again. */
export interface Caller {
  readonly token: string;
  readonly identity: Identity;
}

/**
 * Whom a request speaks for; undefined where it has no valid token.
 * @param authorization every value of the metadata key or header `authorization`
 * @throws DependencyUnavailableError when Auth is away
 */
export async function authenticate(
  tokens: TokenValidator,
  authorization: readonly (string | Buffer)[],
): Promise<Caller | undefined> {
  const token = bearerToken(authorization);
  const identity = token === undefined ? undefined : await tokens.validate(token);
  return token === undefined || identity === undefined ? undefined : { token, identity };
}
