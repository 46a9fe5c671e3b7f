import { type ChannelOptions, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { DependencyUnavailableError, toError } from '../../common/errors.ts';
import type { Clock } from '../../common/clock.ts';
import { AuthServiceClient, type ValidateTokenAnswer } from '../../contracts/grpc/index.ts';

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
}

/** After an outage of an hour grpc-js would wait two minutes between attempts: Auth must be found again at once. */
const channelOptions: ChannelOptions = {
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2_000,
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 5_000,
  'grpc.max_receive_message_length': 64 * 1024,
  'grpc.service_config_disable_resolution': 1,
  // Tokens go to Auth, never through a proxy that the environment happens to name.
  'grpc.enable_http_proxy': 0,
};

const codeOf = (error: unknown): status | undefined => (error as Partial<ServiceError>).code;

/** A gRPC client of /auth.v1/ValidateToken. It connects by itself when first asked, and again after every loss. */
export function createAuthClient({ host, clock, timeoutMs }: AuthClientOptions): AuthClient {
  const client = new AuthServiceClient(host, credentials.createInsecure(), channelOptions);

  const attempt = (token: string, deadline: number): Promise<ValidateTokenAnswer> =>
    new Promise((resolve, reject) => {
      client.ValidateToken({ jwt_token: token }, new Metadata(), { deadline }, (error, answer) => {
        if (error !== null) reject(error);
        else if (answer === undefined) reject(new DependencyUnavailableError('Auth'));
        else resolve(answer);
      });
    });

  return {
    ask: async (token) => {
      const deadline = clock.now() + timeoutMs;
      const again = (error: unknown): Promise<ValidateTokenAnswer> => {
        // A connection that broke under the call is replaced at once; an Auth that is down fails at once as well.
        if (codeOf(error) === status.UNAVAILABLE && clock.now() < deadline) return attempt(token, deadline);
        throw toError(error);
      };
      try {
        return await attempt(token, deadline).catch(again);
      } catch (error) {
        const code = codeOf(error);
        if (code === status.UNAUTHENTICATED) return undefined;
        const facts = { grpc_code: code === undefined ? undefined : status[code] };
        throw new DependencyUnavailableError('Auth', { cause: error, facts });
      }
    },
    ping: (pingTimeoutMs) =>
      new Promise((resolve, reject) => {
        client.waitForReady(clock.now() + pingTimeoutMs, (cause) => {
          if (cause === undefined) resolve();
          else reject(new DependencyUnavailableError('Auth', { cause }));
        });
      }),
    close: () => {
      client.close();
    },
  };
}
