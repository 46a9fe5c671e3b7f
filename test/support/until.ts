import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again until the answer is true. @throws after `withinMs` */
export const until = async (what: string, isSo: () => boolean | Promise<boolean>, withinMs: number): Promise<void> => {
  const deadline = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`Waited ${withinMs / 1000} s in vain until ${what}`);
    await sleep(50);
  }
};

/**
 * Waits while a count grows to what it must be: slow is no fault, standing still is.
 * @throws when it has not grown for `stillMs`
 */
export const untilCounted = async (
  what: string,
  count: () => Promise<number>,
  wanted: number,
  stillMs: number,
): Promise<void> => {
  let last = -1;
  let grewAt = performance.now();
  for (;;) {
    const now = await count();
    if (now >= wanted) return;
    if (now > last) {
      last = now;
      grewAt = performance.now();
    } else if (performance.now() - grewAt > stillMs) {
      throw new Error(`${what} stands at ${now} of ${wanted} for ${stillMs / 1000} s`);
    }
    await sleep(100);
  }
};
