import type { Clock } from '../common/clock.ts';

export interface PaceOptions {
  /** Records a second. */
  readonly ratePerSecond: number;
  /** Need not tell the time of day, but must not jump. */
  readonly clock: Clock;
  /** Waits so many milliseconds; rejects when the waiting is over early. */
  readonly sleep: (ms: number) => Promise<void>;
}

/** How many records go out at once, and when. */
export interface Pace {
  /** A quarter of a second's worth, at most 500. */
  readonly sliceRecords: number;
  /** Resolves when so many records may go out; nothing is saved up while nobody asks. */
  take(records: number): Promise<void>;
}

/** Never more than the rate, over any stretch longer than a slice. */
export function createPace({ ratePerSecond, clock, sleep }: PaceOptions): Pace {
  let nextAt = clock.now();
  return {
    sliceRecords: Math.max(1, Math.min(500, Math.floor(ratePerSecond / 4))),
    async take(records) {
      const waitMs = nextAt - clock.now();
      if (waitMs > 0) await sleep(waitMs);
      nextAt = Math.max(nextAt, clock.now()) + (records * 1_000) / ratePerSecond;
    },
  };
}
