import { describe, expect, test } from 'vitest';
import { createAdaptiveLimit } from '../../src/admission/index.ts';

const options = { initial: 100, least: 10, most: 400, targetMs: 50 };

const createRig = () => {
  const limit = createAdaptiveLimit(options);
  let nowMs = 0;
  return {
    limit,
    /** Windows of work: each piece takes so long while so many are under way. */
    work: (windows: number, tookMs: number, underWay?: number) => {
      for (let piece = 0; piece < windows * 25; piece += 1) {
        nowMs += 4;
        limit.worked(`key ${piece % 3}`, tookMs, underWay ?? limit.current, nowMs);
      }
    },
    late: (lateMs: number) => {
      limit.delayed(lateMs, nowMs);
    },
    one: (key: string, tookMs: number, underWay = 100) => {
      nowMs += 4;
      limit.worked(key, tookMs, underWay, nowMs);
    },
    /** So many pieces of one key at the same moment; 4 ms later comes what comes next. */
    many: (key: string, pieces: number, tookMs: number) => {
      for (let piece = 0; piece < pieces; piece += 1) limit.worked(key, tookMs, limit.current, nowMs);
      nowMs += 4;
    },
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
};

describe('the limit', () => {
  test('rises while work is quick and uses it, to its most', () => {
    const { limit, work } = createRig();
    work(3, 5);
    expect(limit.current).toBeGreaterThan(100);
    work(100, 5);
    expect(limit.current).toBe(options.most);
  });

  test('does not rise where nobody uses it', () => {
    const { limit, work } = createRig();
    work(100, 5, 20);
    expect(limit.current).toBe(100);
  });

  test('falls while work is slow, to its least and no further', () => {
    const { limit, work } = createRig();
    work(3, 80);
    expect(limit.current).toBeLessThan(80);
    work(50, 500);
    expect(limit.current).toBe(options.least);
  });

  test('falls further the slower work is', () => {
    const [slow, slower] = [createRig(), createRig()];
    slow.work(2, 60, 100);
    slower.work(2, 600, 100);
    expect(slower.limit.current).toBeLessThan(slow.limit.current);
  });

  test('falls from what was under way, not from what might have been', () => {
    const { limit, work } = createRig();
    work(2, 60, 60);
    expect(limit.current).toBeLessThan(60);
  });

  test('does not fall for slow work of which there is little', () => {
    const { limit, work } = createRig();
    work(50, 2_500, 10);
    expect(limit.current).toBe(100);
  });

  test('settles where work takes what it may, if work takes longer the more of it there is', () => {
    const { limit, work } = createRig();
    // 1 ms for each that is under way: 50 of them take what is allowed.
    for (let window = 0; window < 200; window += 1) work(1, limit.current);
    const seen: number[] = [];
    for (let window = 0; window < 50; window += 1) {
      work(1, limit.current);
      seen.push(limit.current);
    }
    expect(Math.max(...seen)).toBeLessThanOrEqual(67);
    expect(Math.min(...seen)).toBeGreaterThanOrEqual(35);
  });

  test('is back after an overload within a few seconds of work', () => {
    const { limit, work } = createRig();
    work(50, 500);
    expect(limit.current).toBe(options.least);
    // 100 ms a window.
    work(30, 5);
    expect(limit.current).toBeGreaterThan(100);
  });

  test('learns nothing while nothing is done', () => {
    const { limit, pass, late, one } = createRig();
    one('a', 5, 1);
    pass(10_000);
    late(1_000);
    one('a', 5, 1);
    expect(limit.current).toBe(100);
  });

  test('counts the wait before the work, if all of a window had to wait', () => {
    const { limit, work, late } = createRig();
    work(1, 5, 100);
    const before = limit.current;
    for (let step = 0; step < 40; step += 1) {
      late(200);
      work(1, 5, 100);
    }
    expect(limit.current).toBeLessThan(before);
  });

  test('does not mind one late moment among many in time', () => {
    const { limit, one, late } = createRig();
    for (let step = 0; step < 1_000; step += 1) {
      one(`key ${step % 3}`, 5, 100);
      late(step % 20 === 0 ? 200 : 0);
    }
    expect(limit.current).toBeGreaterThan(100);
  });

  test('is not talked down by the slow work of one key, however much of it there is among that of many others', () => {
    const { limit, many } = createRig();
    for (let window = 0; window < 30; window += 1) {
      many('slow', 400, 500);
      for (let other = 0; other < 20; other += 1) many(`quick ${other}`, 10, 5);
    }
    expect(limit.current).toBeGreaterThan(100);
  });

  test('goes by the slow work of a few keys', () => {
    const { limit, many } = createRig();
    for (let window = 0; window < 30; window += 1) {
      for (let slow = 0; slow < 5; slow += 1) many(`slow ${slow}`, 10, 500);
      for (let other = 0; other < 20; other += 1) many(`quick ${other}`, 10, 5);
    }
    expect(limit.current).toBeLessThan(50);
  });
});
