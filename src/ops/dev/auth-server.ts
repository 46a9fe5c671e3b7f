/**
 * A stand-in for the Auth service, FOR DEVELOPMENT AND TESTS ONLY: whoever can read its key folder can speak for every
 * merchant. It speaks the real /auth.v1/ValidateToken and really checks what a token says; production names the real
 * Auth by AUTH_HOST.
 */
import { status } from '@grpc/grpc-js';
import { decodeJwt } from 'jose';
import { type Clock, systemClock } from '../../common/clock.ts';
import { type AuthHandlers, authService } from '../../contracts/grpc/index.ts';
import { loadAuthKeys, loadRevocations } from './auth-keys.ts';
import { tokenIssuer, type TokenRequest } from './auth-tokens.ts';
import { tokenVerifier } from './auth-verify.ts';
import { type Conduct, createConduct } from './standins/conduct.ts';
import { listenGrpc } from './standins/grpc-server.ts';
import { CallRefusedError, unary } from './standins/unary.ts';

export interface AuthServerOptions {
  /** 0 for any free one. */
  readonly port: number;
  /** 127.0.0.1 by default. */
  readonly host?: string;
  /** Keeps the signing key and the revoked tokens, so that both survive restarts. */
  readonly keyFolder: string;
  readonly clock?: Clock;
  /** How it behaves; as it should by default. */
  readonly conduct?: Conduct;
}

export interface AuthServer {
  /** host:port, as AUTH_HOST wants it. */
  readonly address: string;
  issueToken(request: TokenRequest): Promise<string>;
  /** The token is refused from now on, and after a restart. */
  revoke(token: string): Promise<void>;
  close(): Promise<void>;
}

/** One answer for every reason: a forger learns nothing from it. Told to be wrong, it gives it to everybody. */
const refusal = new CallRefusedError(status.UNAUTHENTICATED, 'The token is not valid');

/** Starts the stand-in. @throws PortTakenError */
export async function startAuthServer(options: AuthServerOptions): Promise<AuthServer> {
  const { port, keyFolder, clock = systemClock, conduct = createConduct() } = options;
  const keys = await loadAuthKeys(keyFolder);
  const revocations = await loadRevocations(keyFolder);
  const verify = tokenVerifier({ keys, revocations, clock });

  const handlers: AuthHandlers = {
    ValidateToken: unary({
      conduct,
      wrong: refusal,
      handle: ({ jwt_token }) =>
        verify(jwt_token).catch(() => {
          throw refusal;
        }),
    }),
  };
  const server = await listenGrpc('auth stand-in', port, { definition: authService, handlers }, options.host);

  return {
    address: server.address,
    close: () => server.close(),
    issueToken: tokenIssuer(keys, clock),
    revoke: async (token) => {
      const { jti } = decodeJwt(token);
      if (jti !== undefined) await revocations.add(jti);
    },
  };
}
