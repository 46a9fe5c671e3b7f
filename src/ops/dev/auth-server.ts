/**
 * A stand-in for the Auth service, FOR DEVELOPMENT AND TESTS ONLY: whoever can read its key folder can speak for every
 * merchant. It speaks the real /auth.v1/ValidateToken and really checks what a token says; production names the real
 * Auth by AUTH_HOST.
 */
import { randomUUID } from 'node:crypto';
import { Server, ServerCredentials, status } from '@grpc/grpc-js';
import { decodeJwt, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { type Clock, systemClock } from '../../common/clock.ts';
import { type AuthHandlers, authService, type ValidateTokenResponse } from '../../contracts/grpc/index.ts';
import { isUuid } from '../../domain/index.ts';
import { authAlgorithm, loadAuthKeys, loadRevocations } from './auth-keys.ts';
import { PortTakenError } from './errors.ts';

export interface AuthServerOptions {
  /** At 127.0.0.1; 0 for any free one. */
  readonly port: number;
  /** Keeps the signing key and the revoked tokens, so that both survive restarts. */
  readonly keyFolder: string;
  readonly clock?: Clock;
}

interface TokenRequest {
  /** UUID. */
  readonly merchantId: string;
  readonly scopes: readonly string[];
  /** UUID; for a customer's token. */
  readonly customerId?: string;
  /** 30 days by default. */
  readonly expiresInSeconds?: number;
}

export interface AuthServer {
  /** host:port, as AUTH_HOST wants it. */
  readonly address: string;
  issueToken(request: TokenRequest): Promise<string>;
  /** The token is refused from now on, and after a restart. */
  revoke(token: string): Promise<void>;
  close(): Promise<void>;
}

export const authIssuer = 'points-development-auth';
export const authAudience = 'points';

/** One answer for every reason: a forger learns nothing from it. */
const refusal = { code: status.UNAUTHENTICATED, details: 'The token is not valid' };
const monthSeconds = 30 * 24 * 60 * 60;
const uuid = z.string().refine(isUuid);
const claimsShape = z.object({
  jti: z.string(),
  exp: z.number(),
  merchant_id: uuid,
  customer_id: uuid.optional(),
  scope: z.string(),
});

/** Starts the stand-in. @throws PortTakenError */
export async function startAuthServer(options: AuthServerOptions): Promise<AuthServer> {
  const { port, keyFolder, clock = systemClock } = options;
  const keys = await loadAuthKeys(keyFolder);
  const revocations = await loadRevocations(keyFolder);
  const now = (): Date => new Date(clock.now());

  const validate = async (token: string): Promise<ValidateTokenResponse | undefined> => {
    // The key is ours whatever the token says; `alg`, `iss`, `aud`, `exp` and `nbf` are checked against fixed values.
    const { payload, protectedHeader } = await jwtVerify(token, keys.publicKey, {
      ...{ algorithms: [authAlgorithm], issuer: authIssuer, audience: authAudience },
      ...{ requiredClaims: ['exp', 'jti', 'merchant_id', 'scope'], currentDate: now() },
    });
    const claims = claimsShape.parse(payload);
    if (protectedHeader.kid !== keys.keyId || revocations.has(claims.jti)) return undefined;
    const scopes = claims.scope.split(' ').filter((scope) => scope !== '');
    return {
      ...{ merchant_id: claims.merchant_id, scopes, expires_at: claims.exp },
      ...(claims.customer_id !== undefined && { customer_id: claims.customer_id }),
    };
  };

  const handlers: AuthHandlers = {
    ValidateToken: (call, callback) => {
      validate(call.request.jwt_token).then(
        (answer) => {
          if (answer === undefined) callback(refusal);
          else callback(null, answer);
        },
        () => {
          callback(refusal);
        },
      );
    },
  };
  const server = new Server({ 'grpc.max_receive_message_length': 64 * 1024 });
  server.addService(authService, handlers);
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (cause, boundPort) => {
      if (cause === null) resolve(boundPort);
      else reject(new PortTakenError('auth stand-in', port, { cause }));
    });
  });

  return {
    address: `127.0.0.1:${bound}`,
    issueToken: ({ merchantId, scopes, customerId, expiresInSeconds = monthSeconds }) => {
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
    },
    revoke: async (token) => {
      const { jti } = decodeJwt(token);
      if (jti !== undefined) await revocations.add(jti);
    },
    close: () =>
      new Promise((resolve) => {
        // A stand-in has nothing worth waiting for.
        server.forceShutdown();
        resolve();
      }),
  };
}
