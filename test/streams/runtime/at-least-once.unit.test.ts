import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PartitionOffset } from '../../../src/streams/ports.ts';
import { AtLeastOnceCommitter } from '../../../src/streams/runtime/at-least-once-committer.ts';
import type { ProcessedBatch } from '../../../src/streams/runtime/batch-processor.ts';
import { OffsetCommits } from '../../../src/streams/runtime/offset-commits.ts';
import { FakeCluster } from '../fakes.ts';
import { recordingLogger } from '../harness.ts';

const record = (text: string) => ({ key: null, value: Buffer.from(text), timestamp: 7, headers: {} });
const at = (partition: number, offset: number): PartitionOffset => ({ topic: 'in', partition, offset });
const batch: ProcessedBatch = {
  outputs: new Map([['out', [record('a'), record('b')]]]),
  changes: [],
  failures: [],
  streamTime: 7,
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const rig = () => {
  const assigned = new Set([0, 1]);
  const commits: (readonly PartitionOffset[])[] = [];
  const state = { isAway: false };
  const logger = recordingLogger();
  const offsets = new OffsetCommits({
    consumer: {
      commit: (committed) => {
        if (state.isAway) return Promise.reject(new Error('Away'));
        commits.push(committed);
        return Promise.resolve();
      },
    },
    isAssigned: ({ partition }) => assigned.has(partition),
    intervalMs: 1_000,
    logger,
  });
  const cluster = new FakeCluster();
  const clock = { now: () => Date.now() };
  const committer = (partition: number) =>
    new AtLeastOnceCommitter({ partition, producer: cluster.producer(), offsets, clock, lingerMs: 30 });
  return { assigned, commits, state, logger, offsets, cluster, committer };
};

describe('offsets outside of a transaction', () => {
  it('are committed together, the newest of each partition, once in the interval', async () => {
    const { commits, offsets } = rig();
    offsets.note([at(0, 5)]);
    offsets.note([at(1, 3)]);
    offsets.note([at(0, 7)]);
    await vi.advanceTimersByTimeAsync(999);
    expect(commits).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(commits).toEqual([[at(0, 7), at(1, 3)]]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(commits).toHaveLength(1);
  });

  it('are tried again while the group is away, and never go back', async () => {
    const { commits, offsets, state, logger } = rig();
    state.isAway = true;
    offsets.note([at(0, 5), at(1, 1)]);
    await vi.advanceTimersByTimeAsync(1_000);
    offsets.note([at(0, 9)]);
    state.isAway = false;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(commits).toEqual([[at(0, 9), at(1, 1)]]);
    expect(logger.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });

  it('of a partition that has moved are not committed, also when it comes back', async () => {
    const { assigned, commits, offsets } = rig();
    offsets.note([at(0, 5), at(1, 5)]);
    assigned.delete(0);
    offsets.reassigned();
    assigned.add(0);
    await offsets.flush();
    offsets.note([at(0, 6)]);
    assigned.delete(0);
    await offsets.flush();
    expect(commits).toEqual([[at(1, 5)]]);
  });

  it('are committed at the end, which is not kept waiting by a group that is away', async () => {
    const { commits, offsets, state } = rig();
    offsets.note([at(0, 5)]);
    await offsets.close();
    expect(commits).toEqual([[at(0, 5)]]);
    state.isAway = true;
    offsets.note([at(0, 6)]);
    await offsets.close();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(commits).toHaveLength(1);
  });
});

describe('a task without transactions', () => {
  it('writes the outputs before its offsets count as done', async () => {
    const { commits, offsets, cluster, committer } = rig();
    const task = committer(1);
    await (await task.turn()).commit(batch, [at(1, 10)]);
    expect(cluster.log({ topic: 'out', partition: 1 }).records).toHaveLength(2);
    await offsets.flush();
    expect(commits).toEqual([[at(1, 10)]]);
  });

  it('lets records gather for as long as it was told to', async () => {
    const { committer } = rig();
    const task = committer(1);
    expect(task.paceMs()).toBeLessThanOrEqual(0);
    await task.turn();
    expect(task.paceMs()).toBe(30);
    vi.advanceTimersByTime(20);
    expect(task.paceMs()).toBe(10);
    // Set back by an hour: nobody waits until it is there again.
    vi.setSystemTime(Date.now() - 3_600_000);
    expect(task.paceMs()).toBe(0);
  });

  it('goes on from all it has done, and does nothing more once it is closed', async () => {
    const { commits, committer } = rig();
    const task = committer(0);
    await (await task.turn()).commit(batch, [at(0, 10)]);
    await task.open();
    expect(commits).toEqual([[at(0, 10)]]);
    const turn = await task.turn();
    task.close();
    await expect(turn.commit(batch, [at(0, 11)])).rejects.toMatchObject({ code: 'COMMIT_FAILED' });
  });
});
