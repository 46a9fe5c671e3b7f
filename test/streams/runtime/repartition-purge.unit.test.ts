import { describe, expect, it } from 'vitest';
import type { PartitionOffset, StreamAdmin } from '../../../src/streams/ports.ts';
import { RepartitionPurge } from '../../../src/streams/runtime/repartition-purge.ts';
import { recordingLogger } from '../harness.ts';

const rig = (deleteRecords: (before: readonly PartitionOffset[]) => Promise<void>) => {
  let now = 0;
  const logger = recordingLogger();
  const asked: (readonly PartitionOffset[])[] = [];
  const admin = {
    deleteRecords: (before: readonly PartitionOffset[]) => {
      asked.push(before);
      return deleteRecords(before);
    },
  };
  const purge = new RepartitionPurge(['again'], admin as StreamAdmin, { now: () => now }, logger);
  const commit = (at: number, topic: string, offset: number): void => {
    now = at;
    purge.committed([{ topic, partition: 1, offset }]);
  };
  return { commit, asked, logger };
};

describe('the records of a repartition topic', () => {
  it('are deleted up to what is committed, twice a minute at most', () => {
    const { commit, asked } = rig(() => Promise.resolve());
    commit(1_000, 'again', 5);
    commit(29_999, 'again', 9);
    expect(asked).toEqual([]);
    commit(30_000, 'again', 12);
    commit(31_000, 'again', 15);
    expect(asked).toEqual([[{ topic: 'again', partition: 1, offset: 12 }]]);
  });

  it('are all that is deleted: never those of a source that others own', () => {
    const { commit, asked } = rig(() => Promise.resolve());
    commit(60_000, 'in', 5);
    expect(asked).toEqual([]);
  });

  it('stay where they cannot be deleted, and the streams go on', async () => {
    const { commit, asked, logger } = rig(() => Promise.reject(new Error('Away')));
    commit(30_000, 'again', 5);
    await Promise.resolve();
    await Promise.resolve();
    expect(logger.lines.map(({ level }) => level)).toEqual(['warn']);
    commit(60_000, 'again', 9);
    expect(asked).toHaveLength(2);
  });
});
