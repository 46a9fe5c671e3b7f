import { status } from '@grpc/grpc-js';
import { CallRefusedError } from './errors.ts';

export interface StreamLimitsOptions {
  /** Streams of this server at once. */
  readonly perServer: number;
  /** Streams of one token at once. */
  readonly perToken: number;
  /** Told of each change of how many streams are open. */
  readonly onOpen: (streams: number) => void;
}

export interface StreamLimits {
  /**
   * Takes a place for a stream.
   * @returns what gives it back; called again, it does nothing
   * @throws CallRefusedError RESOURCE_EXHAUSTED when there is none
   */
  enter(token: string): () => void;
}

const exhausted = (whose: string): CallRefusedError =>
  new CallRefusedError(status.RESOURCE_EXHAUSTED, `Too many open streams of ${whose}`);

/** Streams last, so that a client that forgets to end them would in time take everybody's place. */
export function createStreamLimits({ perServer, perToken, onOpen }: StreamLimitsOptions): StreamLimits {
  const byToken = new Map<string, number>();
  let open = 0;
  return {
    enter(token) {
      const ofToken = byToken.get(token) ?? 0;
      if (ofToken >= perToken) throw exhausted('this token');
      if (open >= perServer) throw exhausted('this server');
      byToken.set(token, ofToken + 1);
      open += 1;
      onOpen(open);
      let left = false;
      return () => {
        if (left) return;
        left = true;
        const others = (byToken.get(token) ?? 1) - 1;
        if (others === 0) byToken.delete(token);
        else byToken.set(token, others);
        open -= 1;
        onOpen(open);
      };
    },
  };
}
