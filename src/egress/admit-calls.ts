import {
  type Metadata,
  ServerInterceptingCall,
  type ServerInterceptor,
  ServerListenerBuilder,
  type StatusObject,
  status,
} from '@grpc/grpc-js';
import { type Door, isShed, type Place, type Shed } from '../admission/index.ts';
import { retryTrailers } from './retry-info.ts';

export interface AdmitCallsOptions {
  /** The door of a method, by its path; undefined for what is always let in, as health checks are. */
  readonly doorOf: (path: string) => Door | undefined;
  /** By what a caller is told from others; it asks nobody. */
  readonly keyOf: (metadata: Metadata) => string;
}

const details = 'More comes in than can be taken now, try again';

/** Made once for each time to come back: there are as many of them as there is too much. */
type Refusal = Pick<StatusObject, 'code' | 'details' | 'metadata'>;
const refusals = new Map<number, Refusal>();
const refusalOf = ({ retryAfterSeconds }: Shed): Refusal => {
  const made = refusals.get(retryAfterSeconds) ?? {
    ...{ code: status.RESOURCE_EXHAUSTED, details },
    metadata: retryTrailers(status.RESOURCE_EXHAUSTED, details, retryAfterSeconds * 1_000),
  };
  refusals.set(retryAfterSeconds, made);
  return made;
};

/** Answers of the service itself; the caller's own mistakes come back at once, and say nothing of how fast it is. */
const typical: ReadonlySet<status> = new Set([
  status.OK,
  status.DEADLINE_EXCEEDED,
  status.UNAVAILABLE,
  status.INTERNAL,
  status.RESOURCE_EXHAUSTED,
]);

/**
 * Lets a call in by its door, or answers RESOURCE_EXHAUSTED with the time to come back: when its metadata is there, before
 * its message is read, its token checked or Auth asked. A place is held from the whole request on, so that a client which
 * never sends its message holds none, to the answer; of a stream to its first message, as open streams have limits of
 * their own.
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
        key = keyOf(metadata);
        const shed = door.look(key);
        if (shed === undefined) next(metadata);
        else call.sendStatus(refusalOf(shed));
      })
      .withOnReceiveHalfClose((next) => {
        const entered = door.enter(key);
        if (isShed(entered)) {
          call.sendStatus(refusalOf(entered));
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
