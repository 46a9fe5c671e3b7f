import { setTimeout as sleep } from 'node:timers/promises';
import type { Input } from './input.ts';

export interface BacklogOptions {
  readonly input: Input;
  /** Records in the input, and records committed. */
  readonly sent: () => Promise<number>;
  readonly committed: () => Promise<number>;
  /** Above it the input waits, until half of it is worked off. */
  readonly most: number;
}

const lookEveryMs = 500;

/**
 * Keeps the input ahead of the workers, but not by more than they can catch up with soon: what they have not reached
 * when the faults are over has met none.
 * @returns what ends the watching
 */
export const boundBacklog = ({ input, sent, committed, most }: BacklogOptions): (() => void) => {
  const over = new AbortController();
  const isOver = (): boolean => over.signal.aborted;
  const watch = async (): Promise<void> => {
    while (!isOver()) {
      await sleep(lookEveryMs);
      // While nobody can tell, things stay as they are.
      const ahead = await Promise.all([sent(), committed()]).then(
        ([all, done]) => all - done,
        () => undefined,
      );
      if (ahead === undefined || isOver()) continue;
      if (ahead > most) input.hold();
      else if (ahead < most / 2) input.goOn();
    }
  };
  void watch();
  return () => {
    over.abort();
    input.goOn();
  };
};
