import { assert, integer, oneof, property, record, array, constantFrom } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LocalTokenBuckets } from '../../../../src/streams/operators/rate-limit/local-token-buckets.ts';
import type { TokenRequest } from '../../../../src/streams/operators/rate-limit/token-buckets.ts';

const request = (wanted: number, changes: Partial<TokenRequest> = {}): TokenRequest => ({
  ...{ key: 'a', wanted, ratePerSecond: 40, burst: 40 },
  ...changes,
});

const take = (buckets: LocalTokenBuckets, nowMs: number, ...requests: TokenRequest[]): readonly number[] =>
  buckets.takeNow(requests, nowMs);

describe('a bucket in memory', () => {
  test('grants its burst at once and then what flows in', () => {
    const buckets = new LocalTokenBuckets();
    expect(take(buckets, 0, request(100))).toEqual([40]);
    expect(take(buckets, 24, request(100))).toEqual([0]);
    expect(take(buckets, 25, request(100))).toEqual([1]);
    expect(take(buckets, 1_025, request(30))).toEqual([30]);
    expect(take(buckets, 1_025, request(30))).toEqual([10]);
    expect(take(buckets, 60_000, request(100))).toEqual([40]);
  });

  test('loses nothing to being asked every millisecond', () => {
    const buckets = new LocalTokenBuckets();
    take(buckets, 0, request(40));
    let granted = 0;
    for (let nowMs = 1; nowMs <= 10_000; nowMs += 1) granted += take(buckets, nowMs, request(1))[0]!;
    expect(granted).toBe(400);
  });

  test('answers every request in order, several of one key too, and each key from its own bucket', async () => {
    const buckets = new LocalTokenBuckets();
    const b = { key: 'b', ratePerSecond: 5, burst: 5 };
    expect(await buckets.take([request(30), request(9, b), request(30), request(0), request(-1, b)], 0)).toEqual([
      ...[30, 5, 10, 0, 0],
    ]);
    expect(await buckets.take([], 0)).toEqual([]);
  });

  test('fills by another rate, and to another burst, from when it is told', () => {
    const buckets = new LocalTokenBuckets();
    const fast = { ratePerSecond: 100, burst: 100 };
    take(buckets, 0, request(40));
    expect(take(buckets, 500, request(100, fast))).toEqual([20]);
    expect(take(buckets, 1_000, request(100, fast))).toEqual([50]);
    expect(take(buckets, 1_500, request(100, { ratePerSecond: 2, burst: 2 }))).toEqual([2]);
    expect(take(buckets, 2_000, request(100, { ratePerSecond: 2, burst: 2 }))).toEqual([1]);
  });

  test('grants nothing more when the clock is set back, and fills again from the new time on', () => {
    const buckets = new LocalTokenBuckets();
    take(buckets, 10_000_000, request(30));
    expect(take(buckets, 1_000, request(100))).toEqual([10]);
    expect(take(buckets, 1_000, request(100))).toEqual([0]);
    expect(take(buckets, 1_100, request(100))).toEqual([4]);
  });

  test('does so whichever bucket is asked first', () => {
    const buckets = new LocalTokenBuckets();
    const all = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((key) => request(30, { key }));
    take(buckets, 10_000_000, ...all);
    expect(take(buckets, 1_000, ...all)).toEqual(all.map(() => 10));
  });

  test('takes back what was not used, but holds no more than its burst', () => {
    const buckets = new LocalTokenBuckets();
    take(buckets, 0, request(40));
    buckets.giveBack('a', 15);
    expect(take(buckets, 0, request(100))).toEqual([15]);
    buckets.giveBack('a', 1_000);
    expect(take(buckets, 0, request(100))).toEqual([40]);
    buckets.giveBack('nobody', 5);
    expect(buckets.size).toBe(1);
  });
});

describe('the memory of the buckets', () => {
  test('is that of the keys of the last second, not of all there ever were', () => {
    const buckets = new LocalTokenBuckets();
    let most = 0;
    for (let nowMs = 0; nowMs < 100_000; nowMs += 1) {
      take(buckets, nowMs, request(40, { key: `key ${String(nowMs)}` }));
      most = Math.max(most, buckets.size);
    }
    expect(most).toBeGreaterThanOrEqual(1_000);
    expect(most).toBeLessThan(2_100);
  });

  test('is given back although the clock was set back', () => {
    const buckets = new LocalTokenBuckets();
    for (let n = 0; n < 1_000; n += 1) take(buckets, 7_200_000, request(40, { key: `key ${String(n)}` }));
    for (let n = 0; n < 5_000; n += 1) take(buckets, n, request(1, { key: 'busy' }));
    expect(buckets.size).toBe(1);
  });

  test('is given back although a key that fills slowly is in the way', () => {
    const buckets = new LocalTokenBuckets();
    take(buckets, 0, request(40, { key: 'slow', ratePerSecond: 0.001 }));
    for (let n = 0; n < 1_000; n += 1) take(buckets, 0, request(40, { key: `key ${String(n)}` }));
    for (let n = 0; n < 2_000; n += 1) take(buckets, 5_000, request(1, { key: 'busy' }));
    expect(buckets.size).toBe(2);
    expect(take(buckets, 5_000, request(40, { key: 'slow', ratePerSecond: 0.001 }))).toEqual([0]);
  });
});

test('In no stretch of time more is granted than the burst and what flows in meanwhile', () => {
  const step = record({
    afterMs: oneof(integer({ min: 0, max: 3_000 }), constantFrom(0)),
    wanted: integer({ min: 0, max: 60 }),
  });
  assert(
    property(
      array(step, { maxLength: 60 }),
      integer({ min: 1, max: 50 }),
      integer({ min: 1, max: 50 }),
      (steps, ratePerSecond, burst) => {
        const buckets = new LocalTokenBuckets();
        let nowMs = 0;
        const grants = steps.map(({ afterMs, wanted }) => {
          nowMs += afterMs;
          return { nowMs, granted: take(buckets, nowMs, request(wanted, { ratePerSecond, burst }))[0]! };
        });
        for (const [first, { nowMs: from }] of grants.entries()) {
          let sum = 0;
          for (const { nowMs: to, granted } of grants.slice(first)) {
            sum += granted;
            expect(sum).toBeLessThanOrEqual(burst + ((to - from) * ratePerSecond) / 1_000 + 1e-9);
          }
        }
      },
    ),
  );
});
