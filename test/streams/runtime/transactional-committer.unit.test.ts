import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/common/logger.ts';
import type { CommitUnit } from '../../../src/streams/ports.ts';
import type { ProcessedBatch } from '../../../src/streams/runtime/batch-processor.ts';
import { TransactionalCommitter } from '../../../src/streams/runtime/transactional-committer.ts';
import { Transactions } from '../../../src/streams/runtime/transactions.ts';
import { FakeCluster } from '../fakes.ts';

const task = { taskId: '0_2', applicationId: 'app', topology: 'points', partition: 2 };
const record = (text: string) => ({ key: null, value: Buffer.from(text), timestamp: 7, headers: {} });
const offsets = [{ topic: 'in', partition: 2, offset: 10, metadata: '7' }];
const membership = { groupId: 'app-points', memberId: 'me', generationId: 1 };

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
  streamTime: 99,
};

const rig = () => {
  const cluster = new FakeCluster();
  const units: CommitUnit[] = [];
  cluster.beforeCommit = (unit) => {
    units.push(unit);
  };
  const transactions = new Transactions({
    createProducer: () => cluster.transactionalProducer(),
    isAssigned: () => true,
    clock: { now: () => 0 },
    logger: silentLogger,
  });
  transactions.joined(membership);
  return { units, transactions, committer: new TransactionalCommitter(task, transactions, () => 0) };
};

describe('a commit in a transaction', () => {
  it("holds outputs, changelogs and offsets, all in the task's own partition number", async () => {
    const { committer, units } = rig();
    await committer.open();
    await (await committer.turn(false, new AbortController().signal)).commit(batch, offsets);
    expect(units).toEqual([
      {
        membership,
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
    expect(await (await committer.turn(false, new AbortController().signal)).commit(batch, offsets)).toEqual(
      new Map([
        ['app-points-accounts-changelog', 2],
        ['app-points-seen-changelog', 1],
      ]),
    );
  });

  it('is refused to a task that was acquired in an earlier term', async () => {
    const { committer, transactions, units } = rig();
    await committer.open();
    committer.assertCurrent();
    transactions.joined({ ...membership, generationId: 5 });
    expect(() => {
      committer.assertCurrent();
    }).toThrow('The group has gone on without this instance meanwhile');
    const turn = await committer.turn(false, new AbortController().signal);
    await expect(turn.commit(batch, offsets)).rejects.toMatchObject({ code: 'COMMIT_FAILED', retryable: true });
    await committer.open();
    await turn.commit(batch, offsets);
    expect(units).toHaveLength(1);
  });

  it('is refused to a task that was closed meanwhile', async () => {
    const { committer, units } = rig();
    await committer.open();
    const turn = await committer.turn(false, new AbortController().signal);
    committer.close();
    await expect(turn.commit(batch, offsets)).rejects.toMatchObject({ code: 'COMMIT_FAILED' });
    expect(units).toEqual([]);
  });
});
