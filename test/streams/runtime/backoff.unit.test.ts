import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Backoff } from '../../../src/streams/runtime/backoff.ts';

describe('a back-off', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('waits as long as it is told', async () => {
    const backoff = new Backoff();
    let isOver = false;
    const waiting = backoff.wait(4_000).then(() => {
      isOver = true;
    });
    await vi.advanceTimersByTimeAsync(3_999);
    expect(isOver).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await waiting;
    expect(isOver).toBe(true);
  });

  it('is cut short by an interruption, and every later wait with it', async () => {
    const backoff = new Backoff();
    const waiting = backoff.wait(4_000);
    backoff.interrupt();
    await waiting;
    await backoff.wait(4_000);
    expect(vi.getTimerCount()).toBe(0);
  });
});
