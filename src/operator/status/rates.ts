import type { Clock } from '../../common/clock.ts';

interface Sample {
  readonly at: number;
  readonly counts: ReadonlyMap<string, number>;
}

/** Over so long a rate is told: short enough to see what is going on, long enough not to flicker. Milliseconds. */
const windowMs = 10_000;

/** Makes records a second of counters that only grow, unless what they count begins anew. */
export class Rates {
  readonly #clock: Clock;
  readonly #samples: Sample[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns per second since the oldest look that is not too long ago; 0 at the first */
  perSecond(counts: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
    const now = { at: this.#clock.now(), counts: new Map(counts) };
    while (this.#samples.length > 1 && (this.#samples[1]?.at ?? 0) <= now.at - windowMs) this.#samples.shift();
    // Somebody has set the clock: what was is no measure any more.
    if (this.#samples.some(({ at }) => at > now.at)) this.#samples.length = 0;
    const [oldest = now] = this.#samples;
    this.#samples.push(now);
    const seconds = (now.at - oldest.at) / 1_000;
    return new Map(
      [...now.counts].map(([name, count]) => {
        const before = oldest.counts.get(name) ?? 0;
        const grown = count < before ? count : count - before;
        return [name, seconds <= 0 ? 0 : grown / seconds];
      }),
    );
  }
}
