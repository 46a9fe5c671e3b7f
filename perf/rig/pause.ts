import { setTimeout as sleep } from 'node:timers/promises';

/** Waits so many milliseconds. @returns true, so that it may stand in a loop's head */
export async function pause(milliseconds: number): Promise<true> {
  await sleep(milliseconds);
  return true;
}
