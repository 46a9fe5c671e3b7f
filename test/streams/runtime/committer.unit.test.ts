import { describe, expect, it } from 'vitest';
import type { CommitUnit } from '../../../src/streams/ports.ts';
import type { ProcessedBatch } from '../../../src/streams/runtime/batch-processor.ts';
import { AtLeastOnceCommitter, TransactionalCommitter } from '../../../src/streams/runtime/committer.ts';
import { FakeCluster } from '../fakes.ts';

const task = { applicationId: 'app', topology: 'points', groupId: 'app-points', partition: 2 };
const record = (text: string) => ({ key: null, value: Buffer.from(text), timestamp: 7, headers: {} });
const offsets = [{ topic: 'in', partition: 2, offset: 10, metadata: '7' }];

const batch: ProcessedBatch = {
  outputs: new Map([
    ['out', [record('a'), record('b')]],
    ['empty', []],
  ]),
  changes: [
    { store: 'accounts', key: 'x', value: Buffer.from('1'), expiresAt: null },
    { store: 'seen', key: 'y', value: null, expiresAt: null },
    { store: 'accounts', key: 'z', value: Buffer.from('2'), expiresAt: null },
  ],
  failures: [],
  streamTime: 7,
};

describe('a commit in a transaction', () => {
  const rig = () => {
    const cluster = new FakeCluster();
    const units: CommitUnit[] = [];
    cluster.beforeCommit = (unit) => {
      units.push(unit);
    };
    const committer = new TransactionalCommitter(task, () =>
      cluster.transactionalProducer({ transactionalId: 'app-points-2' }),
    );
    return { cluster, units, committer };
  };

  it("holds outputs, changelogs and offsets, all in the task's own partition number", async () => {
    const { committer, units } = rig();
    await committer.open();
    await committer.commit(batch, offsets, 99);
    expect(units).toEqual([
      {
        groupId: 'app-points',
        offsets,
        sends: [
          { topic: 'out', partition: 2, records: [record('a'), record('b')] },
          {
            topic: 'app-points-accounts-changelog',
            partition: 2,
            records: [
              { key: Buffer.from('x'), value: Buffer.from('1'), timestamp: 99, headers: {} },
              { key: Buffer.from('z'), value: Buffer.from('2'), timestamp: 99, headers: {} },
            ],
          },
          {
            topic: 'app-points-seen-changelog',
            partition: 2,
            records: [{ key: Buffer.from('y'), value: null, timestamp: 99, headers: {} }],
          },
        ],
      },
    ]);
  });

  it('answers how far each changelog is contained, and of no other topic', async () => {
    const { committer } = rig();
    await committer.open();
    expect(await committer.commit(batch, offsets, 99)).toEqual(
      new Map([
        ['app-points-accounts-changelog', 2],
        ['app-points-seen-changelog', 1],
      ]),
    );
  });

  it('throws the old producer away before it makes a new one', async () => {
    const { committer, cluster } = rig();
    await committer.open();
    await committer.open();
    await committer.close();
    await committer.close();
    expect(cluster.calls).toEqual([
      'init app-points-2',
      'close app-points-2',
      'init app-points-2',
      'close app-points-2',
    ]);
  });
});

describe('a commit without a transaction', () => {
  const rig = (isAssigned: () => boolean) => {
    const cluster = new FakeCluster();
    const consumer = cluster.consumer({
      ...{ groupId: 'app-ledger', topics: ['in'], sessionTimeoutMs: 1, rebalanceTimeoutMs: 1, maxWaitMs: 1 },
      listener: {
        onAssigned: () => undefined,
        onFetched: () => undefined,
        onFetch: () => undefined,
        onHeartbeat: () => undefined,
        onCrash: () => undefined,
      },
    });
    return { cluster, committer: new AtLeastOnceCommitter(2, cluster.producer(), consumer, isAssigned) };
  };

  it('writes the outputs before the offsets', async () => {
    const { cluster, committer } = rig(() => true);
    await committer.open();
    expect(await committer.commit(batch, offsets)).toEqual(new Map());
    expect(cluster.log({ topic: 'out', partition: 2 }).records).toHaveLength(2);
    expect(cluster.committed.get('app-ledger in-2')).toEqual(offsets[0]);
  });

  it('commits no offset of a partition that has moved: its new owner may be further', async () => {
    const { cluster, committer } = rig(() => false);
    await expect(committer.commit(batch, offsets)).rejects.toMatchObject({ code: 'COMMIT_FAILED', retryable: true });
    expect(cluster.committed.size).toBe(0);
  });
});
