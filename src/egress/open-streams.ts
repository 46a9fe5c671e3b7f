import { ServerInterceptingCall, type ServerInterceptor, ServerListenerBuilder, status } from '@grpc/grpc-js';

export interface OpenStreams {
  readonly interceptor: ServerInterceptor;
  /** Answers every open stream UNAVAILABLE, so that its client looks for another server. */
  end(): void;
}

/**
 * Knows the open streaming calls (health watches, reflection). They have no end of their own: unless somebody ends
 * them, a graceful shutdown waits for each until its time is up.
 */
export function openStreams(): OpenStreams {
  const open = new Set<ServerInterceptingCall>();
  return {
    interceptor: (method, call) => {
      if (!method.responseStream) return new ServerInterceptingCall(call);
      const stream = new ServerInterceptingCall(call, {
        start: (next) => {
          const forget = (): void => {
            open.delete(stream);
          };
          next(new ServerListenerBuilder().withOnCancel(forget).build());
        },
      });
      open.add(stream);
      return stream;
    },
    end: () => {
      for (const stream of open) stream.sendStatus({ code: status.UNAVAILABLE, details: 'Shutting down' });
      open.clear();
    },
  };
}
