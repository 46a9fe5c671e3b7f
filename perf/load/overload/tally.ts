import { percentiles } from '../../rig/percentiles.ts';

export type Fate = 'admitted' | 'shed' | 'failed';

/** What became of calls of one kind. Latencies count from when a call was due, in milliseconds. */
export interface Outcome {
  readonly offered: number;
  readonly admitted: number;
  readonly shed: number;
  readonly failed: number;
  readonly admitted_share: number;
  readonly admitted_p50_ms: number;
  readonly admitted_p99_ms: number;
  readonly shed_p50_ms: number;
  readonly shed_p99_ms: number;
  /** The first failure in words. */
  readonly first_failure: string | null;
}

const rounded = (value: number): number => Number(value.toFixed(4));

/** Counts calls and keeps their latencies in blocks, as nothing that the collector walks may grow with the load. */
export class Tally {
  readonly #latencies: Readonly<Record<'admitted' | 'shed', Float64Array>>;
  readonly #counts: Record<Fate, number> = { admitted: 0, shed: 0, failed: 0 };
  #firstFailure: string | null = null;
  offered = 0;

  constructor(most: number) {
    this.#latencies = { admitted: new Float64Array(most), shed: new Float64Array(most) };
  }

  get answered(): number {
    const { admitted, shed, failed } = this.#counts;
    return admitted + shed + failed;
  }

  add(fate: Fate, tookMs: number, failure: string | null = null): void {
    if (fate === 'failed') this.#firstFailure ??= failure;
    else this.#latencies[fate][this.#counts[fate]] = tookMs;
    this.#counts[fate] += 1;
  }

  outcome(): Outcome {
    const { admitted, shed, failed } = this.#counts;
    const took = percentiles(this.#latencies.admitted.subarray(0, admitted));
    const turnedAway = percentiles(this.#latencies.shed.subarray(0, shed));
    return {
      ...{ offered: this.offered, admitted, shed, failed },
      admitted_share: rounded(admitted / Math.max(1, this.offered)),
      ...{ admitted_p50_ms: took.p50, admitted_p99_ms: took.p99 },
      ...{ shed_p50_ms: turnedAway.p50, shed_p99_ms: turnedAway.p99 },
      first_failure: this.#firstFailure,
    };
  }
}
