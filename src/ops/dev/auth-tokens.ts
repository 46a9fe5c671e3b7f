import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { Clock } from '../../common/clock.ts';
import { type AuthKeys, authAlgorithm } from './auth-keys.ts';

export interface TokenRequest {
  /** UUID. */
  readonly merchantId: string;
  readonly scopes: readonly string[];
  /** UUID; for a customer's token. */
  readonly customerId?: string;
  /** 30 days by default. */
  readonly expiresInSeconds?: number;
}

export const authIssuer = 'points-development-auth';
export const authAudience = 'points';

const monthSeconds = 30 * 24 * 60 * 60;

/** Issues tokens that the stand-in Auth of these keys takes, wherever it runs. */
export const tokenIssuer =
  (keys: AuthKeys, clock: Clock) =>
  ({ merchantId, scopes, customerId, expiresInSeconds = monthSeconds }: TokenRequest): Promise<string> => {
    const issuedAt = Math.floor(clock.now() / 1000);
    const claims = {
      merchant_id: merchantId,
      scope: scopes.join(' '),
      ...(customerId && { customer_id: customerId }),
    };
    return new SignJWT(claims)
      .setProtectedHeader({ alg: authAlgorithm, typ: 'JWT', kid: keys.keyId })
      .setJti(randomUUID())
      .setIssuer(authIssuer)
      .setAudience(authAudience)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + expiresInSeconds)
      .sign(keys.privateKey);
  };
