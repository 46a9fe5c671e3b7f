/** What a Prometheus page says: samples summed over all their labels, by name. */
export type MetricSums = ReadonlyMap<string, number>;

/** Reads the text format; comments, and what is no sample, are passed over. */
export const parseMetrics = (page: string): MetricSums => {
  const sums = new Map<string, number>();
  for (const line of page.split('\n')) {
    const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{.*\})? ([^ ]+)/.exec(line);
    const value = Number(sample?.[2]);
    if (sample?.[1] === undefined || !Number.isFinite(value)) continue;
    sums.set(sample[1], (sums.get(sample[1]) ?? 0) + value);
  }
  return sums;
};
