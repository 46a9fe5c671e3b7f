import type { FloodResult } from './flood.ts';
import { type DoorResult, objective } from './measure-door.ts';
import type { Outcome } from './tally.ts';

interface Target {
  readonly what: string;
  readonly isReached: boolean;
}

/** Of each door: what is admitted is in time, it is not less than what fits is worth, and the others hardly notice. */
const targetsOf = (name: string, { rate_that_fits: rate, overload, after }: DoorResult): readonly Target[] => [
  { what: `${name}: admitted p99 < ${objective.p99Ms} ms`, isReached: overload.all.admitted_p99_ms < objective.p99Ms },
  { what: `${name}: failed < 0.5 %`, isReached: overload.all.failed / overload.all.offered < objective.failedShare },
  { what: `${name}: at least half of what fits is admitted`, isReached: overload.admitted_per_second >= rate / 2 },
  {
    what: `${name}: the others' share admitted is at least 4 times the first's`,
    isReached: overload.others.admitted_share >= 4 * overload.first.admitted_share,
  },
  {
    what: `${name}: 2 s after it nothing is shed and p99 < ${objective.p99Ms} ms`,
    isReached: after.all.admitted_share > 1 - objective.failedShare && after.all.admitted_p99_ms < objective.p99Ms,
  },
];

const rowOf = (name: string, { offered, admitted, shed, failed, ...times }: Outcome): string => {
  const cells = [offered, admitted, shed, failed, `${(times.admitted_share * 100).toFixed(1)} %`];
  const latencies = [times.admitted_p50_ms, times.admitted_p99_ms, times.shed_p50_ms, times.shed_p99_ms];
  return `${name.padEnd(28)}${[...cells, ...latencies].map((cell) => String(cell).padStart(9)).join('')}`;
};

const rowsOf = (name: string, { all, first, others }: FloodResult): readonly string[] => [
  rowOf(name, all),
  rowOf('  the first merchant', first),
  rowOf('  the others', others),
];

/** @returns whether every target is reached */
export function printResults(measured: Readonly<Record<string, DoorResult>>): boolean {
  const titles = ['offered', 'admitted', 'shed', 'failed', 'share', 'p50 ms', 'p99 ms', 'shed p50', 'shed p99'];
  process.stdout.write(`\n${''.padEnd(28)}${titles.map((title) => title.padStart(9)).join('')}\n`);
  const targets = Object.entries(measured).flatMap(([name, door]) => {
    const { rate_that_fits: rate, before, overload, after, most_resident_mib: resident } = door;
    const lines = [...rowsOf(`${name} before`, before), ...rowsOf(`${name} at ten times`, overload)];
    process.stdout.write(`${[...lines, ...rowsOf(`${name} after`, after)].join('\n')}\n`);
    const late = `generator late ${overload.sent_late_p99_ms} ms at p99`;
    const rates = `${rate}/s fit; ${overload.admitted_per_second}/s admitted at ten times`;
    process.stdout.write(`  ${rates}; at most ${resident} MiB; ${late}\n`);
    return targetsOf(name, door);
  });
  for (const { what, isReached } of targets) process.stdout.write(`${isReached ? 'reached' : 'MISSED '}  ${what}\n`);
  return targets.every(({ isReached }) => isReached);
}
