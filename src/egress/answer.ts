import { type handleUnaryCall, type Metadata, type ServerUnaryCall, type StatusObject, status } from '@grpc/grpc-js';
import { errorCode, isRetryable, toError } from '../common/errors.ts';
import type { Logger } from '../common/logger.ts';
import { CallRefusedError } from './errors.ts';
import { retryTrailers } from './retry-info.ts';

/** When a client should come back after a dependency was away. */
const retryDelayMs = 1_000;

/**
 * What a client is told about something thrown: our own refusals as they are, UNAVAILABLE with retry info for what
 * may succeed later, INTERNAL without a word of the reason for everything else.
 */
function refusalOf(thrown: unknown): Partial<StatusObject> {
  if (thrown instanceof CallRefusedError) return { code: thrown.status, details: thrown.message };
  if (!isRetryable(thrown)) return { code: status.INTERNAL, details: 'Internal error' };
  const details = 'Temporarily unavailable, try again';
  return { code: status.UNAVAILABLE, details, metadata: retryTrailers(status.UNAVAILABLE, details, retryDelayMs) };
}

/** What a handler may learn of the call it answers, beside what was sent: how long its client waits, and whether it does. */
export type CallLife = Pick<ServerUnaryCall<unknown, unknown>, 'getDeadline' | 'cancelled' | 'once'>;

export interface AnswerDeps {
  readonly logger: Logger;
  /** Called with the stable code of every failure that is not the caller's fault. */
  readonly onError: (code: string) => void;
}

/** What the client of a failed call is told; the server's own faults are told to its operators too. */
export function refuse(thrown: unknown, method: string, { logger, onError }: AnswerDeps): Partial<StatusObject> {
  if (!(thrown instanceof CallRefusedError)) {
    onError(errorCode(thrown));
    const line = { err: toError(thrown), method };
    // Readiness tells once that a dependency is away; a line per call would bury it.
    if (isRetryable(thrown)) logger.debug(line, 'A call could not be answered now');
    else logger.error(line, 'A call failed');
  }
  return refusalOf(thrown);
}

/** Makes a promise into what grpc-js calls: every rejection becomes a status, and the server's faults are told. */
export const answering =
  <Request, Response>(
    handle: (request: Request, metadata: Metadata, life: CallLife) => Promise<Response>,
    deps: AnswerDeps,
  ): handleUnaryCall<Request, Response> =>
  (call, callback) => {
    handle(call.request, call.metadata, call).then(
      (response) => {
        callback(null, response);
      },
      (thrown: unknown) => {
        callback(refuse(thrown, call.getPath(), deps));
      },
    );
  };
