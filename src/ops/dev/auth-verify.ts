import { errors, jwtVerify } from 'jose';
import { z } from 'zod';
import type { Clock } from '../../common/clock.ts';
import { PointsError } from '../../common/errors.ts';
import type { ValidateTokenResponse } from '../../contracts/grpc/index.ts';
import { isUuid } from '../../domain/index.ts';
import { type AuthKeys, authAlgorithm, type Revocations } from './auth-keys.ts';
import { authAudience, authIssuer } from './auth-tokens.ts';

/** Why a token is refused; for tests and logs of the stand-in, never for who sent it. */
export class TokenRefusedError extends PointsError {
  /** jose's code with the claim it is about, KEY_UNKNOWN, TOKEN_REVOKED or CLAIMS_WRONG. */
  readonly code: string;

  constructor(code: string, cause?: unknown) {
    super('The token is not valid', { facts: { reason: code }, ...(cause !== undefined && { cause }) });
    this.code = code;
  }
}

const uuid = z.string().refine(isUuid);
const claimsShape = z.object({
  jti: z.string(),
  exp: z.number(),
  merchant_id: uuid,
  customer_id: uuid.optional(),
  scope: z.string(),
});

const reasonOf = (thrown: unknown): string => {
  if (thrown instanceof errors.JWTClaimValidationFailed) return `${thrown.code} ${thrown.claim}`;
  return thrown instanceof errors.JOSEError ? thrown.code : 'ERR_JWS_INVALID';
};

export interface TokenVerifierOptions {
  readonly keys: AuthKeys;
  readonly revocations: Pick<Revocations, 'has'>;
  readonly clock: Clock;
}

/**
 * Whom a token of the stand-in Auth speaks for.
 *
 * The key is ours whatever the token says: `kid`, `jku` and `jwk` name none. `alg`, `iss`, `aud`, `exp` and `nbf` are
 * checked against fixed values.
 * @throws TokenRefusedError
 */
export const tokenVerifier =
  ({ keys, revocations, clock }: TokenVerifierOptions) =>
  async (token: string): Promise<ValidateTokenResponse> => {
    const { payload, protectedHeader } = await jwtVerify(token, keys.publicKey, {
      ...{ algorithms: [authAlgorithm], issuer: authIssuer, audience: authAudience },
      ...{ requiredClaims: ['exp', 'jti', 'merchant_id', 'scope'], currentDate: new Date(clock.now()) },
    }).catch((thrown: unknown) => {
      throw new TokenRefusedError(reasonOf(thrown), thrown);
    });
    if (protectedHeader.kid !== keys.keyId) throw new TokenRefusedError('KEY_UNKNOWN');
    const claims = claimsShape.safeParse(payload);
    if (!claims.success) throw new TokenRefusedError('CLAIMS_WRONG', claims.error);
    const { jti, merchant_id, customer_id, scope, exp } = claims.data;
    if (revocations.has(jti)) throw new TokenRefusedError('TOKEN_REVOKED');
    return {
      ...{ merchant_id, scopes: scope.split(' ').filter((one) => one !== ''), expires_at: exp },
      ...(customer_id !== undefined && { customer_id }),
    };
  };
