/** Of latencies, in milliseconds. */
export interface Percentiles {
  readonly samples: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Sorts what it is given. */
export function percentiles(latencies: Float64Array): Percentiles {
  latencies.sort();
  const samples = latencies.length;
  const at = (quantile: number): number =>
    Number((latencies[Math.min(samples - 1, Math.floor(samples * quantile))] ?? Number.NaN).toFixed(1));
  return { samples, p50: at(0.5), p99: at(0.99), max: at(1) };
}
