import type { Clock } from '../../common/clock.ts';

const minuteMs = 60_000;
const minutes = 60;

/** How much counters have grown in the last hour, to the minute. */
export class LastHour {
  readonly #clock: Clock;
  /** By minute since the epoch. */
  readonly #grown = new Map<number, number>();
  readonly #before = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param counts by name; one that is less than before has begun anew */
  total(counts: ReadonlyMap<string, number>): number {
    const minute = Math.floor(this.#clock.now() / minuteMs);
    for (const [name, count] of counts) {
      const before = this.#before.get(name) ?? 0;
      this.#before.set(name, count);
      const grown = count < before ? count : count - before;
      if (grown > 0) this.#grown.set(minute, (this.#grown.get(minute) ?? 0) + grown);
    }
    for (const old of this.#grown.keys()) if (old <= minute - minutes) this.#grown.delete(old);
    return [...this.#grown.values()].reduce((sum, each) => sum + each, 0);
  }
}
