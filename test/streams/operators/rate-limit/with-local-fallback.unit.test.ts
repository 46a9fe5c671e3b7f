import { describe, expect, test } from 'vitest';
import { LocalTokenBuckets } from '../../../../src/streams/operators/rate-limit/local-token-buckets.ts';
import type { TokenBuckets, TokenRequest } from '../../../../src/streams/operators/rate-limit/token-buckets.ts';
import { withLocalFallback } from '../../../../src/streams/operators/rate-limit/with-local-fallback.ts';

const request = (wanted: number, key = 'a'): TokenRequest => ({ key, wanted, ratePerSecond: 40, burst: 40 });

type Answer = (requests: readonly TokenRequest[], nowMs: number) => Promise<readonly number[]>;

const createRig = (options: { readonly timeoutMs?: number } = {}) => {
  const shared = new LocalTokenBuckets();
  const there: Answer = (requests, nowMs) => shared.take(requests, nowMs);
  const away: Answer = () => Promise.reject(new Error('connection refused'));
  const silent: Answer = () => new Promise(() => undefined);
  const told: string[] = [];
  const asked: (readonly TokenRequest[])[] = [];
  const world = { answer: there };
  const primary: TokenBuckets = {
    take: (requests, nowMs) => {
      asked.push(requests);
      return world.answer(requests, nowMs);
    },
  };
  const buckets = withLocalFallback(primary, new LocalTokenBuckets(), {
    ...options,
    onFallback: (error) => told.push(`fallback: ${error.message}`),
    onReturn: () => told.push('return'),
  });
  return { buckets, shared, world, told, asked, answers: { there, away, silent } };
};

/** Lets what was begun beside the work come to its end. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('while the primary is there', () => {
  test('it decides, with one question for all keys', async () => {
    const { buckets, shared, asked, told } = createRig();
    shared.takeNow([request(35, 'b')], 0);
    expect(await buckets.take([request(10), request(20, 'b'), request(0, 'c')], 0)).toEqual([10, 5, 0]);
    expect(asked).toHaveLength(1);
    expect(told).toEqual([]);
  });

  test('what it does not grant is left in the local bucket', async () => {
    const { buckets, shared, world, answers } = createRig();
    shared.takeNow([request(15)], 0);
    expect(await buckets.take([request(40)], 0)).toEqual([25]);
    world.answer = answers.away;
    expect(await buckets.take([request(40)], 0)).toEqual([15]);
  });

  test('it is not asked for what the local bucket does not have', async () => {
    const { buckets, asked } = createRig();
    await buckets.take([request(40)], 0);
    expect(await buckets.take([request(40)], 0)).toEqual([0]);
    expect(await buckets.take([request(40), request(3, 'b')], 100)).toEqual([4, 3]);
    expect(asked.map((requests) => requests.map(({ wanted }) => wanted))).toEqual([[40], [4, 3]]);
  });

  test('one that has forgotten its buckets grants no second burst', async () => {
    const { buckets, world } = createRig();
    await buckets.take([request(40)], 0);
    const emptied = new LocalTokenBuckets();
    world.answer = (requests, nowMs) => emptied.take(requests, nowMs);
    expect(await buckets.take([request(40)], 100)).toEqual([4]);
  });

  test('it cannot grant more than it was asked for', async () => {
    const { buckets, world } = createRig();
    world.answer = () => Promise.resolve([1_000, -5]);
    expect(await buckets.take([request(3), request(3, 'b'), request(3, 'c')], 0)).toEqual([3, 0, 0]);
  });
});

describe('while the primary is away', () => {
  test('the local bucket goes on where the primary was', async () => {
    const { buckets, world, answers } = createRig();
    expect(await buckets.take([request(30)], 0)).toEqual([30]);
    world.answer = answers.away;
    expect(await buckets.take([request(40)], 100)).toEqual([14]);
    expect(await buckets.take([request(40)], 200)).toEqual([4]);
  });

  test('that is told once, and it is asked again only after a pause, by one at a time', async () => {
    const { buckets, world, answers, asked, told } = createRig();
    world.answer = answers.away;
    await Promise.all([buckets.take([request(1)], 0), buckets.take([request(1)], 0)]);
    for (const nowMs of [1, 500, 999]) await buckets.take([request(1)], nowMs);
    expect(asked).toHaveLength(2);
    world.answer = answers.silent;
    for (let n = 0; n < 5; n += 1) await buckets.take([request(1)], 1_000);
    expect(asked).toHaveLength(3);
    expect(told).toEqual(['fallback: connection refused']);
  });

  test('coming back grants no second burst', async () => {
    const { buckets, world, answers, told } = createRig();
    await buckets.take([request(40)], 0);
    world.answer = answers.away;
    let granted = 0;
    for (let nowMs = 100; nowMs <= 5_000; nowMs += 100) {
      if (nowMs === 3_000) world.answer = answers.there;
      granted += (await buckets.take([request(100)], nowMs))[0]!;
      await settle();
    }
    expect(granted).toBe(200);
    expect(told).toEqual(['fallback: connection refused', 'return']);
  });

  test('a second outage is told again', async () => {
    const { buckets, world, answers, told } = createRig();
    for (const [nowMs, answer] of [
      [0, answers.away],
      [1_000, answers.there],
      [2_000, answers.away],
      [3_000, answers.there],
    ] as const) {
      world.answer = answer;
      await buckets.take([request(1)], nowMs);
      await settle();
    }
    expect(told).toEqual(['fallback: connection refused', 'return', 'fallback: connection refused', 'return']);
  });

  test('a clock that is set back does not keep it away', async () => {
    const { buckets, world, answers, told } = createRig();
    world.answer = answers.away;
    await buckets.take([request(1)], 7_200_000);
    world.answer = answers.there;
    await buckets.take([request(1)], 0);
    await settle();
    expect(told.at(-1)).toBe('return');
  });
});

describe('a primary that does not answer', () => {
  test('is waited for once, and nobody else waits for it', async () => {
    const { buckets, world, answers, told } = createRig({ timeoutMs: 50 });
    world.answer = answers.silent;
    const since = performance.now();
    expect(await buckets.take([request(10)], 0)).toEqual([10]);
    expect(performance.now() - since).toBeGreaterThanOrEqual(45);
    const before = told.length;
    expect(before).toBe(1);
    expect(told[0]).toContain('The shared token buckets is not available');
    // The next question is still unanswered while these are.
    const quick = Promise.all([1_000, 1_001, 1_002].map((nowMs) => buckets.take([request(10)], nowMs)));
    expect(await Promise.race([quick, settle()])).toEqual([[10], [10], [10]]);
  });
});
