import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createTokenValidator } from '../../src/adapters/auth/index.ts';
import { DependencyUnavailableError } from '../../src/common/errors.ts';
import { followToken } from '../../src/egress/follow-token.ts';
import type { Identity } from '../../src/egress/ports.ts';

const merchantId = '11111111-1111-4111-8111-111111111111';
const start = Date.UTC(2026, 0, 31);
const clock = { now: () => Date.now() };

beforeEach(() => {
  vi.useFakeTimers({ now: start });
});
afterEach(() => {
  vi.useRealTimers();
});

const identityUntil = (expiresAt: number, scopes: readonly string[] = ['merchant:points:view']): Identity => ({
  ...{ merchantId, scopes, expiresAt },
});

const createRig = (expiresAt = 0) => {
  const auth: { answer: () => Promise<Identity | undefined>; asked: number; servesForMs: number } = {
    answer: () => Promise.resolve(identityUntil(expiresAt)),
    asked: 0,
    servesForMs: Infinity,
  };
  const ends: unknown[] = [];
  const { certain, stop } = followToken({
    tokens: {
      merchantOf: () => undefined,
      validate: () => {
        auth.asked += 1;
        return auth.answer();
      },
      servesForMs: () => auth.servesForMs,
    },
    ...{ clock, token: 't', identity: identityUntil(expiresAt), everyMs: 5_000 },
    permits: ({ scopes }) => scopes.includes('merchant:points:view'),
    onEnd: (reason) => ends.push(reason),
  });
  return { auth, ends, certain, stop };
};

describe('following a token', () => {
  test('asks about it again and again, and says nothing while it is good', async () => {
    const { auth, ends } = createRig();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(auth.asked).toBe(12);
    expect(ends).toEqual([]);
  });

  test('ends with UNAUTHENTICATED once it is revoked, and asks no more', async () => {
    const { auth, ends } = createRig();
    auth.answer = () => Promise.resolve(undefined);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(ends).toEqual([expect.objectContaining({ code: 'UNAUTHENTICATED' })]);
    expect(auth.asked).toBe(1);
  });

  test('ends with PERMISSION_DENIED once it opens less', async () => {
    const { auth, ends } = createRig();
    auth.answer = () => Promise.resolve(identityUntil(0, ['merchant:points:redeem']));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(ends).toEqual([expect.objectContaining({ code: 'PERMISSION_DENIED' })]);
  });

  test('ends when Auth cannot say', async () => {
    const { auth, ends } = createRig();
    auth.answer = () => Promise.reject(new DependencyUnavailableError('Auth'));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(ends).toEqual([expect.objectContaining({ code: 'DEPENDENCY_UNAVAILABLE' })]);
  });

  test('ends at the moment the token expires, without asking, and waits no shorter for one that lasts a month', async () => {
    const { auth, ends } = createRig(start + 2_000);
    auth.answer = () => Promise.reject(new DependencyUnavailableError('Auth'));
    await vi.advanceTimersByTimeAsync(1_999);
    expect(ends).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(ends).toEqual([expect.objectContaining({ code: 'UNAUTHENTICATED' })]);
    expect(auth.asked).toBe(0);
    const month = createRig(start + 30 * 24 * 3_600_000);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(month.auth.asked).toBe(4);
  });

  test('looks when what is known of it serves no more, and is not certain of it before it has', async () => {
    const { auth, ends, certain } = createRig();
    await certain();
    expect(auth.asked).toBe(0);
    const gate = Promise.withResolvers<undefined>();
    auth.answer = () => gate.promise;
    auth.servesForMs = 0;
    let isCertain = false;
    const both = Promise.all([certain(), certain()]).then(() => {
      isCertain = true;
    });
    await vi.advanceTimersByTimeAsync(700);
    expect(isCertain).toBe(false);
    gate.resolve(undefined);
    await both;
    expect(ends).toEqual([expect.objectContaining({ code: 'UNAUTHENTICATED' })]);
    expect(auth.asked).toBe(1);
  });

  test('is over when it is stopped, also while Auth is asked', async () => {
    const { auth, ends, stop } = createRig();
    const gate = Promise.withResolvers<undefined>();
    auth.answer = () => gate.promise;
    await vi.advanceTimersByTimeAsync(5_000);
    stop();
    gate.resolve(undefined);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(ends).toEqual([]);
    expect(auth.asked).toBe(1);
  });
});

test('A revoked token is noticed within 30 s, whenever that happens, through the validator that remembers', async () => {
  for (let revokedAfterMs = 0; revokedAfterMs <= 60_000; revokedAfterMs += 700) {
    let revoked = false;
    const answer = {
      ...{ merchant_id: merchantId, scopes: ['merchant:points:view'] },
      customer_id: '',
      expires_at: '0',
    };
    const tokens = createTokenValidator({
      auth: { ask: () => Promise.resolve(revoked ? undefined : answer) },
      clock,
    });
    const identity = await tokens.validate('t');
    let endedAt = Infinity;
    const { stop } = followToken({
      ...{ tokens, clock, token: 't', everyMs: 5_000, identity: identity!, permits: () => true },
      onEnd: () => {
        endedAt = Date.now();
      },
    });
    await vi.advanceTimersByTimeAsync(revokedAfterMs);
    revoked = true;
    const revokedAt = Date.now();
    await vi.advanceTimersByTimeAsync(31_000);
    stop();
    expect(endedAt - revokedAt).toBeLessThanOrEqual(30_000);
  }
});

test.each(['away', 'frozen'])(
  'A stream tells nothing later than 30 s after Auth, which is %s, was asked',
  async (how) => {
    for (let usedFor = 0; usedFor <= 40_000; usedFor += 1_300) {
      let gone = false;
      const answer = { merchant_id: merchantId, scopes: ['merchant:points:view'], customer_id: '', expires_at: '0' };
      let lastAnsweredAt = 0;
      const ask = async () => {
        if (!gone) {
          lastAnsweredAt = Date.now();
          return answer;
        }
        if (how === 'frozen') await new Promise((resolve) => setTimeout(resolve, 800));
        throw new DependencyUnavailableError('Auth');
      };
      const tokens = createTokenValidator({ auth: { ask }, clock });
      const identity = await tokens.validate('t');
      await vi.advanceTimersByTimeAsync(usedFor % 10_000);
      let ended = false;
      let lastToldAt = 0;
      const { certain, stop } = followToken({
        ...{ tokens, clock, token: 't', everyMs: 5_000, identity: identity!, permits: () => true },
        onEnd: () => {
          ended = true;
        },
      });
      /** A change of the balance every 100 ms, told as the watch tells it. */
      const change = setInterval(() => {
        void certain().then(() => {
          if (!ended) lastToldAt = Date.now();
        });
      }, 100);
      await vi.advanceTimersByTimeAsync(usedFor);
      gone = true;
      await vi.advanceTimersByTimeAsync(45_000);
      clearInterval(change);
      stop();
      expect(ended).toBe(true);
      expect(lastToldAt - lastAnsweredAt).toBeLessThan(30_000);
      // It went on as long as it could: an Auth that is away for a moment ends nothing.
      expect(lastToldAt - lastAnsweredAt).toBeGreaterThan(29_000);
    }
  },
);
