import type { handleServerStreamingCall, ServerWritableStream } from '@grpc/grpc-js';
import { type AnswerDeps, refuse } from './answer.ts';

/**
 * Makes a promise into what grpc-js calls for a stream: it ends when the promise resolves, and with a status when that
 * rejects. The signal aborts when the call is over, whoever ended it.
 */
export const answeringStream =
  <Request, Response>(
    handle: (call: ServerWritableStream<Request, Response>, left: AbortSignal) => Promise<void>,
    deps: AnswerDeps,
  ): handleServerStreamingCall<Request, Response> =>
  (call) => {
    const over = new AbortController();
    call.on('cancelled', () => {
      over.abort();
    });
    handle(call, over.signal).then(
      () => {
        call.end();
      },
      (thrown: unknown) => {
        call.emit('error', refuse(thrown, call.getPath(), deps));
      },
    );
  };
