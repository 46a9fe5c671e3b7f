import { describe, expect, test } from 'vitest';
import { latestOf, type Measured } from '../../perf/report/measured.ts';
import { rowsOf } from '../../perf/report/rows.ts';
import { checksText, tableOf } from '../../perf/report/table.ts';
import { Checks } from '../../perf/rig/checks.ts';
import { madeUpId } from '../../perf/rig/ids.ts';
import { percentiles } from '../../perf/rig/percentiles.ts';
import { spreadOf } from '../../perf/rig/run.ts';
import { isUuid } from '../../src/domain/index.ts';

const some = { samples: 100, p50: 40, p99: 99.9, max: 120 };

/** A run in which every target is just reached. */
const measured: Measured = {
  points: {
    copyPlain: spreadOf([30_000]),
    copyTransactional: spreadOf([20_000, 30_000, 25_000]),
    points: spreadOf([10_000]),
    recordsPerCommit: 900,
    msPerCommit: 60,
  },
  endToEnd: 5_000,
  naive: 500,
  latency: [{ ratePerSecond: 1_000, balance: some, acknowledged: some, looks: some }],
  million: {
    ...{ rssMib: 512, rssRestoringMib: 600, restoreSeconds: 10, restoreWithoutDiskSeconds: 20, entries: 2_000_000 },
    ...{ pointsPerSecond: 9_000, rssAfterKillMib: 400 },
  },
};

const missed = (run: Measured): readonly string[] =>
  rowsOf(run).flatMap(({ name, targets }) => targets.flatMap(({ isReached }) => (isReached ? [] : [name])));

describe('the report of a bench run', () => {
  test('takes the middle of the rounds, and the mean of the middle two', () => {
    expect(spreadOf([3, 1, 2])).toEqual({ median: 2, least: 1, most: 3 });
    expect(spreadOf([4, 1, 2, 3]).median).toBe(2.5);
  });

  test('tells latencies by rank', () => {
    const thousand = Float64Array.from({ length: 1_000 }, (_, index) => 1_000 - index);
    expect(percentiles(thousand)).toEqual({ samples: 1_000, p50: 501, p99: 991, max: 1_000 });
  });

  test('reaches a target at its very value', () => {
    expect(missed(measured)).toEqual([]);
  });

  test.each([
    ['points', { points: { ...measured.points!, copyTransactional: spreadOf([20_000]), points: spreadOf([9_999]) } }],
    ['points', { points: { ...measured.points!, copyTransactional: spreadOf([25_001]) } }],
    ['end_to_end', { endToEnd: 4_999 }],
    ['latency at 1,000/s', { latency: [{ ...measured.latency![0]!, balance: { ...some, p99: 100.1 } }] }],
    ['rss', { million: { ...measured.million!, rssMib: 512.5 } }],
    ['restore, same disk', { million: { ...measured.million!, restoreSeconds: 10.1 } }],
  ] satisfies [string, Partial<Measured>][])('says that %s misses its target', (name, change) => {
    expect(missed({ ...measured, ...change })).toEqual([name]);
  });

  test('gives each rate as a share of the transactional copy of the same run', () => {
    const shares = Object.fromEntries(rowsOf(measured).map(({ name, ofCeiling }) => [name, ofCeiling]));
    expect(shares).toMatchObject({ copy_plain: 1.2, copy_transactional: 1, points: 0.4, end_to_end: 0.2, naive: 0.02 });
    expect(tableOf(rowsOf(measured))).toContain('40.0 %');
  });

  test('has the agreed fields in latest.json, and none where a part was left out', () => {
    const circumstances = { machine: {}, commit: 'abc', settings: {} };
    expect(latestOf(measured, circumstances)).toEqual({
      ...{ copy_plain: 30_000, copy_transactional: 25_000, points: 10_000, end_to_end: 5_000, naive: 500 },
      latency_ms: { '1000': { p50: 40, p99: 99.9 } },
      ...{ rss_mib: 512, restore_s: 10, ...circumstances },
    });
    expect(latestOf({ ...measured, naive: null }, circumstances)).toBeNull();
  });

  test('counts a check that differs as failed, and tells both values', () => {
    const checks = new Checks();
    checks.equal('points', 'records in audit_log', 10, 10);
    checks.equal('points', 'dead letters', 1, 0);
    expect(checks.failed()).toHaveLength(1);
    expect(checksText(checks.all, checks.failed())).toContain('dead letters 1, not 0');
  });
});

describe('made-up ids', () => {
  test('have the form of a UUID, are the same for the same number, and differ between numbers and seeds', () => {
    const ids = Array.from({ length: 10_000 }, (_, index) => madeUpId(8, index));
    expect(ids.every(isUuid)).toBe(true);
    expect(new Set([...ids, ...ids.map((_, index) => madeUpId(9, index))]).size).toBe(20_000);
    expect(madeUpId(8, 7)).toBe(ids[7]);
  });
});
