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
  const auth: { answer: () => Promise<Identity | undefined>; asked: number } = {
    answer: () => Promise.resolve(identityUntil(expiresAt)),
    asked: 0,
  };
  const ends: unknown[] = [];
  const stop = followToken({
    tokens: {
      validate: () => {
        auth.asked += 1;
        return auth.answer();
      },
    },
    ...{ clock, token: 't', identity: identityUntil(expiresAt), everyMs: 5_000 },
    permits: ({ scopes }) => scopes.includes('merchant:points:view'),
    onEnd: (reason) => ends.push(reason),
  });
  return { auth, ends, stop };
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

  test('asks at the moment the token expires, and waits no shorter for one that lasts a month', async () => {
    const { auth, ends } = createRig(start + 2_000);
    auth.answer = () => Promise.resolve(undefined);
    await vi.advanceTimersByTimeAsync(1_999);
    expect(ends).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(ends).toHaveLength(1);
    const month = createRig(start + 30 * 24 * 3_600_000);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(month.auth.asked).toBe(4);
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
    const stop = followToken({
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
