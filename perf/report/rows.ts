import type { Spread } from '../rig/run.ts';
import type { Measured } from './measured.ts';

/** What is wanted of a number, and whether it is so. */
export interface Target {
  readonly text: string;
  readonly isReached: boolean;
}

/** A line of the table. */
export interface Row {
  readonly name: string;
  readonly value: string;
  /** The number as a share of the transactional copy of the same run; of a latency, its rate is. */
  readonly ofCeiling: number | null;
  readonly targets: readonly Target[];
  readonly note: string;
}

/** What the issue asks for, on two cores that are shared with all servers. */
const wanted = {
  pointsPerSecond: 10_000,
  pointsOfCeiling: 0.4,
  endToEndPerSecond: 5_000,
  latencyRate: 1_000,
  latencyP99Ms: 100,
  rssMib: 512,
  restoreSeconds: 10,
} as const;

const whole = (value: number): string => Math.round(value).toLocaleString('en');
const perSecond = (value: number): string => `${whole(value)}/s`;
const range = ({ least, most }: Spread): string => `rounds ${whole(least)}–${whole(most)}`;
const atLeast = (value: number, least: number, text: string): Target => ({ text, isReached: value >= least });
const atMost = (value: number, most: number, text: string): Target => ({ text, isReached: value <= most });

/** The table of a run; parts that were left out have no rows. */
export function rowsOf({ points, endToEnd, latency, million, naive }: Measured): readonly Row[] {
  const ceiling = points?.copyTransactional.median ?? null;
  const share = (rate: number): number | null => (ceiling === null ? null : rate / ceiling);
  const row = (name: string, rate: number, targets: readonly Target[] = [], note = ''): Row => ({
    ...{ name, value: perSecond(rate), ofCeiling: share(rate), targets, note },
  });
  const rows: Row[] = [];
  if (points !== null) {
    const rate = points.points.median;
    rows.push(
      row('copy_plain', points.copyPlain.median, [], range(points.copyPlain)),
      row('copy_transactional', points.copyTransactional.median, [], range(points.copyTransactional)),
      row(
        'points',
        rate,
        [
          atLeast(rate, wanted.pointsPerSecond, `≥ ${perSecond(wanted.pointsPerSecond)}`),
          atLeast(share(rate) ?? 0, wanted.pointsOfCeiling, `≥ ${wanted.pointsOfCeiling * 100} % of the ceiling`),
        ],
        `${range(points.points)}; ${whole(points.recordsPerCommit)} a commit, ${whole(points.msPerCommit)} ms each`,
      ),
    );
  }
  if (endToEnd !== null) {
    const target = atLeast(endToEnd, wanted.endToEndPerSecond, `≥ ${perSecond(wanted.endToEndPerSecond)}`);
    rows.push(row('end_to_end', endToEnd, [target]));
  }
  if (naive !== null) rows.push(row('naive', naive));
  for (const { ratePerSecond, balance, acknowledged, looks } of latency ?? []) {
    rows.push({
      name: `latency at ${perSecond(ratePerSecond)}`,
      value: `p50 ${balance.p50} ms, p99 ${balance.p99} ms`,
      ofCeiling: share(ratePerSecond),
      targets:
        ratePerSecond === wanted.latencyRate
          ? [atMost(balance.p99, wanted.latencyP99Ms, `p99 ≤ ${wanted.latencyP99Ms} ms`)]
          : [],
      note: `acknowledged p50 ${acknowledged.p50}, p99 ${acknowledged.p99}; most ${balance.max}; looked every ${looks.p50}`,
    });
  }
  if (million !== null) {
    const {
      rssMib,
      rssAfterKillMib,
      rssRestoringMib,
      restoreSeconds,
      restoreWithoutDiskSeconds,
      entries,
      pointsPerSecond,
    } = million;
    const rate = entries / restoreWithoutDiskSeconds;
    rows.push(
      row('points, 1,000,000 accounts', pointsPerSecond),
      {
        ...{ name: 'rss', value: `${whole(rssMib)} MiB`, ofCeiling: null },
        targets: [atMost(rssMib, wanted.rssMib, `≤ ${wanted.rssMib} MiB`)],
        note: `${whole(rssAfterKillMib)} MiB after the kill; ${whole(rssRestoringMib)} MiB while building the stores`,
      },
      {
        ...{ name: 'restore, same disk', value: `${restoreSeconds.toFixed(1)} s`, ofCeiling: null },
        targets: [atMost(restoreSeconds, wanted.restoreSeconds, `≤ ${wanted.restoreSeconds} s`)],
        note: 'from kill -9 to every task running',
      },
      {
        ...{ name: 'restore, no disk', value: `${restoreWithoutDiskSeconds.toFixed(1)} s`, ofCeiling: share(rate) },
        ...{ targets: [], note: `${whole(entries)} entries, ${perSecond(rate)}` },
      },
    );
  }
  return rows;
}
