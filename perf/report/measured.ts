import type { LatencyResult } from '../parts/latency.ts';
import type { MillionResult } from '../parts/million.ts';
import type { PointsResult } from '../parts/points.ts';

/** What the parts measured; a part that was not asked for is null. */
export interface Measured {
  readonly points: PointsResult | null;
  readonly endToEnd: number | null;
  readonly latency: readonly LatencyResult[] | null;
  readonly million: MillionResult | null;
  readonly naive: number | null;
}

/** Where the run took place, and how. */
export interface Circumstances {
  readonly machine: object;
  readonly commit: string;
  readonly settings: object;
}

/** `results/latest.json` of a whole run: rates a second, times in the unit of their name. */
export function latestOf(measured: Measured, circumstances: Circumstances): object | null {
  const { points, endToEnd, latency, million, naive } = measured;
  if (points === null || endToEnd === null || latency === null || million === null || naive === null) return null;
  return {
    copy_plain: Math.round(points.copyPlain.median),
    copy_transactional: Math.round(points.copyTransactional.median),
    points: Math.round(points.points.median),
    end_to_end: Math.round(endToEnd),
    naive: Math.round(naive),
    latency_ms: Object.fromEntries(
      latency.map(({ ratePerSecond, balance: { p50, p99 } }) => [String(ratePerSecond), { p50, p99 }]),
    ),
    rss_mib: Math.round(million.rssMib),
    restore_s: Number(million.restoreSeconds.toFixed(1)),
    ...circumstances,
  };
}
