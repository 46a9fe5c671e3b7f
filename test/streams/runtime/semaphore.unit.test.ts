import { describe, expect, it } from 'vitest';
import { Semaphore } from '../../../src/streams/index.ts';

const settled = async (promise: Promise<unknown>): Promise<boolean> => {
  let isSettled = false;
  void promise.then(() => {
    isSettled = true;
  });
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  return isSettled;
};

describe('a semaphore', () => {
  it('lets as many in as it has permits, and the next when one is given back', async () => {
    const semaphore = new Semaphore(2);
    const first = await semaphore.acquire();
    await semaphore.acquire();
    const third = semaphore.acquire();
    expect(await settled(third)).toBe(false);
    first();
    expect(await settled(third)).toBe(true);
  });

  it('lets them in in the order they came', async () => {
    const semaphore = new Semaphore(1);
    const order: number[] = [];
    const enter = async (number: number): Promise<void> => {
      const release = await semaphore.acquire();
      order.push(number);
      await Promise.resolve();
      release();
    };
    await Promise.all([1, 2, 3, 4].map(enter));
    expect(order).toEqual([1, 2, 3, 4]);
  });

  it('takes a permit back once, however often it is given back', async () => {
    const semaphore = new Semaphore(1);
    const release = await semaphore.acquire();
    release();
    release();
    release();
    await semaphore.acquire();
    expect(await settled(semaphore.acquire())).toBe(false);
  });
});
