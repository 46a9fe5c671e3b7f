import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../common/clock.ts';
import type { Identity, RememberingTokenValidator } from '../../egress/ports.ts';
import type { AuthClient } from './auth-client.ts';
import { toIdentity } from './identity.ts';

export interface TokenValidatorOptions {
  readonly auth: Pick<AuthClient, 'ask'>;
  readonly clock: Clock;
  /** A clock that nobody sets, so that one set back lengthens nothing; `clock` by default. Milliseconds, from anywhere. */
  readonly stopwatch?: Clock;
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

/** When something happened, by both clocks. */
interface Moment {
  readonly wall: number;
  readonly steady: number;
}

interface Accepted {
  readonly identity: Identity;
  readonly askedAt: Moment;
  /** Used at this age, it is asked about again; Infinity where no answer could make it last longer. Milliseconds. */
  readonly refreshAtAge: number;
}

/** Between two refreshes that fail; meanwhile the old answer serves until its end. */
const refreshPauseMs = 1_000;

/** Tokens are never kept: a memory dump or a log of this cache gives nobody access. */
const keyOf = (token: string): string => createHash('sha256').update(token).digest('base64');

/**
 * Asks Auth whom a token speaks for, and remembers the answer for a short while: never longer than the token lives,
 * and never longer than `acceptedForMs` even while Auth is away. Calls with the same token share one question.
 */
export function createTokenValidator(options: TokenValidatorOptions): RememberingTokenValidator {
  const { auth, clock, stopwatch = clock, acceptedForMs = 30_000, refusedForMs = 1_000, maxTokens = 10_000 } = options;
  const { refreshAheadMs = 10_000 } = options;
  const accepted = new LRUCache<string, Accepted>({ max: maxTokens });
  // Apart, so that a flood of bad tokens cannot push the good ones out.
  const refusedAt = new LRUCache<string, Moment>({ max: maxTokens });
  const asking = new Map<string, Promise<Identity | undefined>>();

  const moment = (): Moment => ({ wall: clock.now(), steady: stopwatch.now() });
  // By the clock that says more: one may be set back, the other stands still while the machine sleeps.
  const ageOf = ({ wall, steady }: Moment): number => Math.max(clock.now() - wall, stopwatch.now() - steady);
  const leftOf = ({ expiresAt }: Identity): number => (expiresAt === 0 ? Infinity : expiresAt - clock.now());
  const servesForMs = (known: Accepted | undefined): number =>
    known === undefined ? 0 : Math.max(0, Math.min(acceptedForMs - ageOf(known.askedAt), leftOf(known.identity)));

  const ask = async (token: string, key: string): Promise<Identity | undefined> => {
    // The age counts from the question: the token may have been revoked while the answer was on its way.
    const askedAt = moment();
    const answer = await auth.ask(token);
    const identity = answer === undefined ? undefined : toIdentity(answer);
    if (identity === undefined || leftOf(identity) <= 0) {
      accepted.delete(key);
      refusedAt.set(key, askedAt);
      return undefined;
    }
    const outlives = identity.expiresAt === 0 || identity.expiresAt > askedAt.wall + acceptedForMs;
    accepted.set(key, { identity, askedAt, refreshAtAge: outlives ? acceptedForMs - refreshAheadMs : Infinity });
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
      if (known !== undefined) accepted.set(key, { ...known, refreshAtAge: ageOf(known.askedAt) + refreshPauseMs });
    });
  };

  return {
    validate: async (token) => {
      const key = keyOf(token);
      const known = accepted.get(key);
      if (known !== undefined && servesForMs(known) > 0) {
        if (ageOf(known.askedAt) >= known.refreshAtAge) refresh(token, key);
        return known.identity;
      }
      const refused = refusedAt.get(key);
      if (refused !== undefined && ageOf(refused) < refusedForMs) return undefined;
      return askOnce(token, key);
    },
    servesForMs: (token) => servesForMs(accepted.peek(keyOf(token))),
    merchantOf: (token) => accepted.get(keyOf(token))?.identity.merchantId,
  };
}
