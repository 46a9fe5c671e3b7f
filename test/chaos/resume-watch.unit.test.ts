import { describe, expect, test } from 'vitest';
import { ResumeWatch } from './resume-watch.ts';

describe('the watch over commits', () => {
  test('takes work for resumed when every partition was committed to after the healing, not before', () => {
    const watch = new ResumeWatch(2);
    const fault = watch.begin('worker killed', '', 1_000);
    watch.commit(0, 10, 1_100);
    watch.heal(fault, 2_000);
    expect(fault.resumedAt).toBeNull();
    watch.commit(1, 10, 2_500);
    expect(fault.resumedAt).toBeNull();
    watch.commit(0, 10, 3_000);
    expect(fault.resumedAt).toBe(3_000);
    watch.commit(0, 10, 4_000);
    expect(fault.resumedAt).toBe(3_000);
    expect(watch.records).toBe(40);
  });

  test('counts only faults that came to their end', () => {
    const watch = new ResumeWatch(1);
    watch.heal(watch.begin('broker killed', '', 0), 1);
    watch.heal(watch.begin('broker killed', '', 2), 3);
    watch.begin('worker killed', '', 4);
    expect([...watch.counts()]).toEqual([['broker killed', 2]]);
  });

  test('knows the longest time between two commits of one partition', () => {
    const watch = new ResumeWatch(2);
    for (const [partition, at] of [
      [0, 0],
      [1, 100],
      [0, 900],
      [1, 1_500],
      [0, 1_600],
    ] as const)
      watch.commit(partition, 1, at);
    expect(watch.longestPause).toEqual({ partition: 1, from: 100, to: 1_500 });
  });
});
