import { type Metadata, status } from '@grpc/grpc-js';
import { DependencyUnavailableError } from '../../common/errors.ts';
import type { Clock } from '../../common/clock.ts';
import type { Tracing } from '../../common/tracing.ts';
import { AuthServiceClient, type ValidateTokenAnswer } from '../../contracts/grpc/index.ts';
import { createRotatingClient } from '../grpc/rotating-client.ts';
import { askTwice, channelOptions, codeFacts, codeOf, inCallSpan, reach } from '../grpc/unary-client.ts';
import type { CertificateWatcher } from '../tls/index.ts';

/** The Auth service as it is on the wire: one question, one raw answer. */
export interface AuthClient {
  /**
   * @returns Auth's answer, unchecked; undefined when it says UNAUTHENTICATED
   * @throws DependencyUnavailableError for every other ending
   */
  ask(token: string): Promise<ValidateTokenAnswer | undefined>;
  /** Resolves when Auth can be reached. @throws DependencyUnavailableError when it cannot within `timeoutMs` */
  ping(timeoutMs: number): Promise<void>;
  close(): void;
}

export interface AuthClientOptions {
  /** host:port. */
  readonly host: string;
  readonly clock: Clock;
  /** For one question with its second attempt. Milliseconds. */
  readonly timeoutMs: number;
  /** Has a span for each question of a call that is traced. */
  readonly tracing?: Tracing | undefined;
  /** Plain text without. */
  readonly certificates?: CertificateWatcher | undefined;
}

/** A gRPC client of /auth.v1/ValidateToken. It connects by itself when first asked, and again after every loss. */
export function createAuthClient({ host, clock, timeoutMs, tracing, certificates }: AuthClientOptions): AuthClient {
  const rotating = createRotatingClient({
    create: (credentials) => new AuthServiceClient(host, credentials, channelOptions),
    certificates,
  });

  const attempt = (token: string, metadata: Metadata, deadline: number): Promise<ValidateTokenAnswer> =>
    rotating.use(
      (client) =>
        new Promise((resolve, reject) => {
          client.ValidateToken({ jwt_token: token }, metadata, { deadline }, (error, answer) => {
            if (error !== null) reject(error);
            else if (answer === undefined) reject(new DependencyUnavailableError('Auth'));
            else resolve(answer);
          });
        }),
    );

  return {
    ask: async (token) => {
      try {
        return await inCallSpan(tracing, '/auth.v1/ValidateToken', (metadata) =>
          askTwice((deadline) => attempt(token, metadata, deadline), { clock, timeoutMs }),
        );
      } catch (error) {
        if (codeOf(error) === status.UNAUTHENTICATED) return undefined;
        throw new DependencyUnavailableError('Auth', { cause: error, facts: codeFacts(error) });
      }
    },
    ping: (pingTimeoutMs) => rotating.use((client) => reach(client, 'Auth', clock.now() + pingTimeoutMs)),
    close: () => {
      rotating.close();
    },
  };
}
