import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../common/clock.ts';
import type { Identity, TokenValidator } from '../../egress/ports.ts';
import type { AuthClient } from './auth-client.ts';
import { toIdentity } from './identity.ts';

export interface TokenValidatorOptions {
  readonly auth: Pick<AuthClient, 'ask'>;
  readonly clock: Clock;
  /** A revoked token works this long at most. Milliseconds, 30,000 by default. */
  readonly acceptedForMs?: number;
  /**
   * A token that is used so shortly before its acceptance ends is asked about again while the old answer still serves,
   * so that no call of a token in steady use waits for Auth. Milliseconds, 10,000 by default.
   */
  readonly refreshAheadMs?: number;
  /** Spares Auth a client that repeats a bad token. Milliseconds, 1,000 by default. */
  readonly refusedForMs?: number;
  /** Tokens remembered of either kind, 10,000 by default. */
  readonly maxTokens?: number;
}

interface Accepted {
  readonly identity: Identity;
  /** Never served from here on. */
  readonly until: number;
  /** Used from here on, it is asked about again; Infinity where no answer could make it last longer. */
  readonly refreshAt: number;
}

/** Between two refreshes that fail; meanwhile the old answer serves until its end. */
const refreshPauseMs = 1_000;

/** Tokens are never kept: a memory dump or a log of this cache gives nobody access. */
const keyOf = (token: string): string => createHash('sha256').update(token).digest('base64');

/**
 * Asks Auth whom a token speaks for, and remembers the answer for a short while: never longer than the token lives,
 * and never longer than `acceptedForMs` even while Auth is away. Calls with the same token share one question.
 */
export function createTokenValidator(options: TokenValidatorOptions): TokenValidator {
  const { auth, clock, acceptedForMs = 30_000, refusedForMs = 1_000, maxTokens = 10_000 } = options;
  const { refreshAheadMs = 10_000 } = options;
  const accepted = new LRUCache<string, Accepted>({ max: maxTokens });
  // Apart, so that a flood of bad tokens cannot push the good ones out.
  const refusedUntil = new LRUCache<string, number>({ max: maxTokens });
  const asking = new Map<string, Promise<Identity | undefined>>();

  const ask = async (token: string, key: string): Promise<Identity | undefined> => {
    const askedAt = clock.now();
    const answer = await auth.ask(token);
    const identity = answer === undefined ? undefined : toIdentity(answer);
    const expiresAt = identity === undefined || identity.expiresAt === 0 ? Infinity : identity.expiresAt;
    if (identity === undefined || expiresAt <= clock.now()) {
      accepted.delete(key);
      refusedUntil.set(key, askedAt + refusedForMs);
      return undefined;
    }
    // Counted from the question: the token may have been revoked while the answer was on its way.
    const until = Math.min(askedAt + acceptedForMs, expiresAt);
    accepted.set(key, { identity, until, refreshAt: until < expiresAt ? until - refreshAheadMs : Infinity });
    return identity;
  };

  const askOnce = (token: string, key: string): Promise<Identity | undefined> => {
    const underWay = asking.get(key);
    if (underWay !== undefined) return underWay;
    const question = ask(token, key).finally(() => asking.delete(key));
    asking.set(key, question);
    return question;
  };

  const refresh = (token: string, key: string): void => {
    askOnce(token, key).catch(() => {
      // Nobody waits for it: who asks after the old answer's end is told what is wrong then.
      const known = accepted.peek(key);
      if (known !== undefined) accepted.set(key, { ...known, refreshAt: clock.now() + refreshPauseMs });
    });
  };

  return {
    validate: async (token) => {
      const key = keyOf(token);
      const now = clock.now();
      const known = accepted.get(key);
      if (known !== undefined && now < known.until) {
        if (now >= known.refreshAt) refresh(token, key);
        return known.identity;
      }
      if (now < (refusedUntil.get(key) ?? 0)) return undefined;
      return askOnce(token, key);
    },
  };
}
