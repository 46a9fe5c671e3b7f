import { ServerInterceptingCall, type ServerInterceptor, ServerListenerBuilder, status } from '@grpc/grpc-js';
import type { OutgoingHttpHeaders } from 'node:http2';
import { type Door, isShed, type Place, type Shed } from '../admission/index.ts';
import type { Judge } from './guard-streams.ts';
import { retryTrailers } from './retry-info.ts';

export interface AdmitCallsOptions {
  /** The door of a method, by its path; undefined for what is always let in, as health checks are. */
  readonly doorOf: (path: string) => Door | undefined;
  /** By what a caller is told from others; it asks nobody. */
  readonly keyOf: (authorization: readonly (string | Buffer)[]) => string;
  /** Told of each call that is shed before it is one of gRPC's. */
  readonly onShed: (path: string) => void;
}

const code = status.RESOURCE_EXHAUSTED;
const details = 'More comes in than can be taken now, try again';

interface Refusal {
  readonly trailers: ReturnType<typeof retryTrailers>;
  readonly headers: OutgoingHttpHeaders;
}

/** Made once for each time to come back: there are as many of them as there is too much. */
const refusals = new Map<number, Refusal>();
const refusalOf = ({ retryAfterSeconds }: Shed): Refusal => {
  const made = refusals.get(retryAfterSeconds);
  if (made !== undefined) return made;
  const trailers = retryTrailers(code, details, retryAfterSeconds * 1_000);
  const headers = {
    ...{ ':status': 200, 'content-type': 'application/grpc+proto' },
    ...{ 'grpc-status': code, 'grpc-message': encodeURI(details), ...trailers.toHttp2Headers() },
  };
  refusals.set(retryAfterSeconds, { trailers, headers });
  return { trailers, headers };
};

/** Answers of the service itself; the caller's own mistakes come back at once, and say nothing of how fast it is. */
const typical: ReadonlySet<status> = new Set([
  status.OK,
  status.DEADLINE_EXCEEDED,
  status.UNAVAILABLE,
  status.INTERNAL,
  status.RESOURCE_EXHAUSTED,
]);

/** Sheds a call by its headers alone: its message is not read, its token not checked, Auth not asked. */
export const judgeCalls =
  ({ doorOf, keyOf, onShed }: AdmitCallsOptions): Judge =>
  ({ ':path': path = '', authorization }) => {
    const door = doorOf(path);
    const shed = door?.look(keyOf(authorization === undefined ? [] : [authorization]));
    if (shed === undefined) return undefined;
    onShed(path);
    return refusalOf(shed).headers;
  };

/**
 * Holds a place for a call from the whole request on, so that a client which never sends its message holds none, to the
 * answer; of a stream to its first message, as open streams have limits of their own. Where there is none, the call is
 * answered RESOURCE_EXHAUSTED with the time to come back.
 */
export const admitCalls =
  ({ doorOf, keyOf }: AdmitCallsOptions): ServerInterceptor =>
  (method, call) => {
    const door = doorOf(method.path);
    if (door === undefined) return new ServerInterceptingCall(call);
    let key = '';
    let place: Place | undefined;
    const listener = new ServerListenerBuilder()
      .withOnReceiveMetadata((metadata, next) => {
        key = keyOf(metadata.get('authorization'));
        next(metadata);
      })
      .withOnReceiveHalfClose((next) => {
        const entered = door.enter(key);
        if (isShed(entered)) {
          call.sendStatus({ code, details, metadata: refusalOf(entered).trailers });
          return;
        }
        place = entered;
        next();
      })
      .withOnCancel(() => {
        place?.leave(false);
      })
      .build();
    return new ServerInterceptingCall(call, {
      start: (next) => {
        next(listener);
      },
      sendMessage: (message, next) => {
        if (method.responseStream) place?.leave();
        next(message);
      },
      sendStatus: (answer, next) => {
        place?.leave(typical.has(answer.code));
        next(answer);
      },
    });
  };
