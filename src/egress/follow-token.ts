import type { Clock } from '../common/clock.ts';
import { toError } from '../common/errors.ts';
import { permissionDenied, unauthenticated } from './errors.ts';
import type { Identity, RememberingTokenValidator } from './ports.ts';

export interface FollowTokenOptions {
  readonly tokens: RememberingTokenValidator;
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

export interface TokenFollower {
  /** Resolves at once while the token is known to be good; otherwise when that is known, or after `onEnd`. Never rejects. */
  certain(): Promise<void>;
  stop(): void;
}

/**
 * Watches over the token of a call that lasts: it ends with its token, and when Auth cannot be asked. What is told after
 * `certain()` is told under a token that was good within the validator's 30 s.
 */
export function followToken(options: FollowTokenOptions): TokenFollower {
  const { tokens, clock, token, permits, everyMs, onEnd } = options;
  let { identity } = options;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;

  const leftMs = (): number => (identity.expiresAt === 0 ? Infinity : identity.expiresAt - clock.now());

  const wait = (): void => {
    const dueMs = Math.max(1, Math.min(everyMs, leftMs(), tokens.servesForMs(token)));
    timer = setTimeout(() => void look(), dueMs);
  };

  const end = (reason: Error): void => {
    if (!stopped) onEnd(reason);
    stopped = true;
  };

  const ask = async (): Promise<void> => {
    // No answer could make it last, so none is needed: it ends while Auth is away too.
    if (leftMs() <= 0) {
      end(unauthenticated());
      return;
    }
    try {
      const now = await tokens.validate(token);
      if (stopped) return;
      if (now === undefined) end(unauthenticated());
      else if (!permits(now)) end(permissionDenied());
      else {
        identity = now;
        wait();
      }
    } catch (error) {
      end(toError(error));
    }
  };

  const look = (): Promise<void> => {
    clearTimeout(timer);
    return (looking ??= ask().finally(() => {
      looking = undefined;
    }));
  };

  wait();
  return {
    certain: async () => {
      if (!stopped && tokens.servesForMs(token) <= 0) await look();
    },
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
