import type { Clock } from '../common/clock.ts';
import { toError } from '../common/errors.ts';
import { permissionDenied, unauthenticated } from './errors.ts';
import type { Identity, TokenValidator } from './ports.ts';

export interface FollowTokenOptions {
  readonly tokens: TokenValidator;
  readonly clock: Clock;
  readonly token: string;
  /** What is known of it so far. */
  readonly identity: Identity;
  /** Whether it still opens what it opened. */
  readonly permits: (identity: Identity) => boolean;
  /** The validator remembers for up to 30 s: asked this often, a revoked token ends within them. Milliseconds. */
  readonly everyMs: number;
  /** Called once, with what to answer, when the token permits no more or nobody can say whether it does. */
  readonly onEnd: (reason: Error) => void;
}

/**
 * Watches over the token of a call that lasts: it ends with its token, and when Auth cannot be asked.
 * @returns what ends the watching
 */
export function followToken(options: FollowTokenOptions): () => void {
  const { tokens, clock, token, permits, everyMs, onEnd } = options;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  const wait = ({ expiresAt }: Identity): void => {
    const leftMs = expiresAt === 0 ? Infinity : expiresAt - clock.now();
    timer = setTimeout(() => void look(), Math.max(1, Math.min(everyMs, leftMs)));
  };

  const end = (reason: Error): void => {
    if (!stopped) onEnd(reason);
    stopped = true;
  };

  const look = async (): Promise<void> => {
    try {
      const identity = await tokens.validate(token);
      if (stopped) return;
      if (identity === undefined) end(unauthenticated());
      else if (!permits(identity)) end(permissionDenied());
      else wait(identity);
    } catch (error) {
      end(toError(error));
    }
  };

  wait(options.identity);
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
