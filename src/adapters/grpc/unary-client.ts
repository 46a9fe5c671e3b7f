import { type ChannelOptions, type Client, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import type { Clock } from '../../common/clock.ts';
import { DependencyUnavailableError, toError } from '../../common/errors.ts';
import { inSpan, type Tracing } from '../../common/tracing.ts';

/** After an outage of an hour grpc-js would wait two minutes between attempts: a service must be found again at once. */
export const channelOptions: ChannelOptions = {
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2_000,
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 5_000,
  'grpc.max_receive_message_length': 64 * 1024,
  'grpc.service_config_disable_resolution': 1,
  // Tokens and ids go to the service itself, never through a proxy that the environment happens to name.
  'grpc.enable_http_proxy': 0,
};

/** The gRPC status an error carries; undefined for what is not gRPC's. */
export const codeOf = (error: unknown): status | undefined => (error as Partial<ServiceError>).code;

/** The name of that status, for logs and dead letters. */
export const codeFacts = (error: unknown): { readonly grpc_code: string | undefined } => {
  const code = codeOf(error);
  return { grpc_code: code === undefined ? undefined : status[code] };
};

/**
 * Asks, and once more where a connection broke under the call: that one is replaced at once. A service that is down fails
 * at once as well.
 * @param timeoutMs for both attempts; milliseconds
 * @throws what the last attempt rejected with
 */
export const askTwice = async <Answer>(
  attempt: (deadline: number) => Promise<Answer>,
  { clock, timeoutMs }: { readonly clock: Clock; readonly timeoutMs: number },
): Promise<Answer> => {
  const deadline = clock.now() + timeoutMs;
  return attempt(deadline).catch((error: unknown) => {
    if (codeOf(error) === status.UNAVAILABLE && clock.now() < deadline) return attempt(deadline);
    throw toError(error);
  });
};

/** Resolves when the service can be reached. @throws DependencyUnavailableError when it cannot by the deadline */
export const reach = (client: Client, dependency: string, deadline: number): Promise<void> =>
  new Promise((resolve, reject) => {
    client.waitForReady(deadline, (cause) => {
      if (cause === undefined) resolve();
      else reject(new DependencyUnavailableError(dependency, { cause }));
    });
  });

/**
 * Asks as a span of its own where the caller is traced, and tells the other side which that is.
 * @param path of the method, e.g. `/auth.v1/ValidateToken`
 * @param ask gets the metadata to send
 */
export const inCallSpan = <Answer>(
  tracing: Tracing | undefined,
  path: string,
  ask: (metadata: Metadata) => Promise<Answer>,
): Promise<Answer> => {
  const metadata = new Metadata();
  if (tracing?.active()?.traceparent === undefined) return ask(metadata);
  const attributes = { 'rpc.system': 'grpc', 'rpc.method': path.slice(1) };
  return inSpan(tracing, path.slice(1), { kind: 'client', attributes }, (span) => {
    const traceparent = span?.traceparent;
    if (traceparent !== undefined) metadata.set('traceparent', traceparent);
    return ask(metadata);
  });
};
