import { describe, expect, it, vi } from 'vitest';
import { silentLogger } from '../../../src/common/logger.ts';
import { CommitFailedError, MembershipLostError } from '../../../src/streams/index.ts';
import type { CommitUnit, GroupMembership, PartitionOffset } from '../../../src/streams/ports.ts';
import type { TaskUnit } from '../../../src/streams/runtime/task-unit.ts';
import { type Seat, Transactions } from '../../../src/streams/runtime/transactions.ts';
import { record } from '../kafka-rig.ts';

const membership = (generationId: number, memberId = 'me'): GroupMembership => ({
  groupId: 'app',
  memberId,
  generationId,
});

/** Of a task: one record for its own partition of `out`, and one for the topic all tasks share. */
const unit = (partition: number, offset: number): TaskUnit => ({
  offsets: [{ topic: 'in', partition, offset }],
  sends: [
    { topic: 'out', partition, records: [record('k', offset)] },
    { topic: 'dlq', partition: 0, records: [record('k', partition)] },
  ],
});

/** A producer whose commits end when they are told to. */
const rig = () => {
  const units: CommitUnit[] = [];
  const calls: string[] = [];
  const open: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const assigned = new Set(['0_0', '0_1', '0_2']);
  let isHeld = false;
  const transactions = new Transactions({
    createProducer: () => ({
      init: () => Promise.resolve(void calls.push('init')),
      commit: (committed) => {
        units.push(committed);
        const ends = committed.sends.map(({ topic, partition }) => ({ topic, partition, offset: units.length * 10 }));
        if (!isHeld) return Promise.resolve(ends);
        return new Promise<readonly PartitionOffset[]>((resolve, reject) => {
          open.push({ resolve: () => resolve(ends), reject });
        });
      },
      close: () => Promise.resolve(void calls.push('close')),
    }),
    isAssigned: (taskId) => assigned.has(taskId),
    clock: { now: () => 1_000 },
    logger: silentLogger,
  });
  return {
    ...{ transactions, units, calls, open, assigned },
    /** From now on commits end only when they are told to. */
    hold: () => {
      isHeld = true;
    },
  };
};

/** No task is told to stop. */
const running = new AbortController().signal;

const partitionsOf = ({ offsets }: CommitUnit): number[] => offsets.map(({ partition }) => partition);
/** The event loop goes round a few times. */
const loops = async (): Promise<void> => {
  for (let round = 0; round < 5; round += 1) await new Promise((resolve) => setImmediate(resolve));
};
/** Timers end only when they are told to. */
const withoutTime = async (run: () => Promise<void>): Promise<void> => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  try {
    await run();
  } finally {
    vi.useRealTimers();
  }
};
const turns = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
const flying = (units: readonly unknown[], count: number): Promise<void> =>
  vi.waitFor(() => {
    expect(units).toHaveLength(count);
  });

describe('the transactions of an instance', () => {
  it('hold what all tasks with something to do bring, a topic-partition once, under the newest membership', async () => {
    const { transactions, units } = rig();
    transactions.joined(membership(7));
    const seats = await Promise.all([
      transactions.board('0_0', false, running),
      transactions.board('0_1', false, running),
    ]);
    const ends = await Promise.all(seats.map((seat, index) => seat.commit(unit(index, 5 + index))));
    expect(units).toEqual([
      {
        membership: membership(7),
        offsets: [
          { topic: 'in', partition: 0, offset: 5 },
          { topic: 'in', partition: 1, offset: 6 },
        ],
        sends: [
          { topic: 'out', partition: 0, records: [record('k', 5)] },
          { topic: 'dlq', partition: 0, records: [record('k', 0), record('k', 1)] },
          { topic: 'out', partition: 1, records: [record('k', 6)] },
        ],
      },
    ]);
    expect(ends[0]).toEqual(ends[1]);
    expect(ends[0]).toContainEqual({ topic: 'out', partition: 1, offset: 10 });
  });

  it('begin none before the group has taken the instance in', async () => {
    const { transactions, units } = rig();
    const boarding = transactions.board('0_0', true, running);
    await turns();
    transactions.joined(membership(1));
    await (await boarding).commit(unit(0, 1));
    expect(units).toHaveLength(1);
  });

  it('wait for a task that is at its batch until it is done, but not for long', async () => {
    await withoutTime(async () => {
      const { transactions, units } = rig();
      transactions.joined(membership(1));
      const [quick, slow] = [
        await transactions.board('0_0', false, running),
        await transactions.board('0_1', false, running),
      ];
      void quick.commit(unit(0, 1));
      await loops();
      expect(units).toEqual([]);
      slow.leave();
      await loops();
      expect(units.map(partitionsOf)).toEqual([[0]]);
      quick.leave();
      const [again] = [
        await transactions.board('0_0', false, running),
        await transactions.board('0_1', false, running),
      ];
      void again.commit(unit(0, 2));
      await loops();
      expect(units).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(25);
      await loops();
      expect(units).toHaveLength(2);
    });
  });

  it('do not wait for a task whose batch is full', async () => {
    await withoutTime(async () => {
      const { transactions, units } = rig();
      transactions.joined(membership(1));
      await transactions.board('0_1', true, running);
      void (await transactions.board('0_0', false, running)).commit(unit(0, 2));
      await loops();
      expect(units).toHaveLength(1);
    });
  });

  it('let a batch that is not full gather while one is in flight, and a full one be worked on', async () => {
    const { transactions, units, open, hold } = rig();
    hold();
    transactions.joined(membership(1));
    const first = (await transactions.board('0_0', false, running)).commit(unit(0, 1));
    await flying(units, 1);
    const full = await transactions.board('0_1', true, running);
    let late: Seat | null = null;
    const boarding = transactions.board('0_2', false, running).then((seat) => (late = seat));
    const second = full.commit(unit(1, 1));
    await turns();
    expect([late, units.length]).toEqual([null, 1]);
    open[0]?.resolve();
    await Promise.all([first, boarding]);
    void (late as unknown as Seat).commit(unit(2, 1));
    await flying(units, 2);
    open[1]?.resolve();
    await second;
    expect(units.map(partitionsOf)).toEqual([[0], [1, 2]]);
  });

  it('fail together, and the next is on a new producer; who was not in it goes on', async () => {
    const { transactions, units, open, calls, hold } = rig();
    hold();
    transactions.joined(membership(1));
    const seats = [await transactions.board('0_0', false, running), await transactions.board('0_1', false, running)];
    const outcomes = Promise.allSettled(seats.map((seat, index) => seat.commit(unit(index, 1))));
    await flying(units, 1);
    open[0]?.reject(new CommitFailedError('Time-out'));
    expect(await outcomes).toMatchObject([
      { status: 'rejected', reason: { message: 'Time-out' } },
      { status: 'rejected', reason: { message: 'Time-out' } },
    ]);
    for (const seat of seats) seat.leave();
    const { term } = transactions;
    const third = (await transactions.board('0_2', false, running)).commit(unit(2, 1));
    await flying(units, 2);
    open[1]?.resolve();
    await third;
    expect(calls).toEqual(['init', 'close', 'init']);
    expect(transactions.term).toBe(term);
  });
});

describe('a group that is formed anew', () => {
  it('waits until what is ready is committed under the old generation, and nothing begins until then', async () => {
    const { transactions, units, open, hold } = rig();
    hold();
    transactions.joined(membership(1));
    const first = (await transactions.board('0_0', true, running)).commit(unit(0, 1));
    await flying(units, 1);
    const second = (await transactions.board('0_1', true, running)).commit(unit(1, 1));
    let isReady = false;
    const rejoining = transactions.rejoining().then(() => (isReady = true));
    await turns();
    expect(isReady).toBe(false);
    open[0]?.resolve();
    await first;
    await flying(units, 2);
    expect(isReady).toBe(false);
    open[1]?.resolve();
    await Promise.all([second, rejoining]);
    expect(units.map(({ membership: { generationId } }) => generationId)).toEqual([1, 1]);
    let isAboard = false;
    const boarding = transactions.board('0_2', true, running).then((seat) => {
      isAboard = true;
      return seat;
    });
    await turns();
    expect(isAboard).toBe(false);
    transactions.joined(membership(2));
    void (await boarding).commit(unit(2, 1));
    await flying(units, 3);
    expect(units[2]?.membership.generationId).toBe(2);
    open[2]?.resolve();
  });

  it('does not end a batch of a task that stays, but one of a task that goes', async () => {
    const { transactions, units, assigned } = rig();
    transactions.joined(membership(1));
    const [stays, goes, comesBack] = [
      await transactions.board('0_0', true, running),
      await transactions.board('0_1', true, running),
      await transactions.board('0_2', true, running),
    ];
    await transactions.rejoining();
    const ready = goes.commit(unit(1, 1));
    const refused = expect(ready).rejects.toMatchObject({ code: 'COMMIT_FAILED', retryable: true });
    assigned.delete('0_1');
    assigned.delete('0_2');
    transactions.joined(membership(2));
    await refused;
    // With another instance for one generation: what it is still at is not its own any more.
    assigned.add('0_2');
    transactions.joined(membership(3));
    await expect(comesBack.commit(unit(2, 1))).rejects.toMatchObject({ code: 'COMMIT_FAILED' });
    await stays.commit(unit(0, 1));
    expect(units.map(partitionsOf)).toEqual([[0]]);
  });

  it.each([
    ['one generation is missing', membership(3)],
    ['the member is another', membership(2, 'another')],
  ])('begins a new term where %s, and no batch of the old one is committed', async (_what, next) => {
    const { transactions, units } = rig();
    transactions.joined(membership(1));
    const { term } = transactions;
    const seat = await transactions.board('0_0', true, running);
    transactions.joined(next);
    expect(transactions.term).not.toBe(term);
    await expect(seat.commit(unit(0, 1))).rejects.toMatchObject({ code: 'COMMIT_FAILED' });
    expect(units).toEqual([]);
  });

  it('without the instance commits nothing of it until it is taken in again, in another term', async () => {
    const { transactions, units, open, hold } = rig();
    hold();
    transactions.joined(membership(1));
    const { term } = transactions;
    const lost = (await transactions.board('0_0', true, running)).commit(unit(0, 1));
    const other = await transactions.board('0_1', true, running);
    await flying(units, 1);
    open[0]?.reject(new MembershipLostError('Another generation'));
    await expect(lost).rejects.toMatchObject({ code: 'MEMBERSHIP_LOST', retryable: true });
    expect(transactions.term).not.toBe(term);
    const late = other.commit(unit(1, 1));
    await turns();
    expect(units).toHaveLength(1);
    transactions.joined(membership(2));
    await expect(late).rejects.toMatchObject({ code: 'COMMIT_FAILED' });
    expect(units).toHaveLength(1);
  });

  it('is not kept waiting by a commit that hangs', async () => {
    await withoutTime(async () => {
      const { transactions, units, hold } = rig();
      hold();
      transactions.joined(membership(1));
      void (await transactions.board('0_0', true, running)).commit(unit(0, 1));
      await loops();
      expect(units).toHaveLength(1);
      const rejoining = transactions.rejoining();
      await vi.advanceTimersByTimeAsync(3_000);
      await rejoining;
    });
  });
});

it('transactions that are closed let nobody wait', async () => {
  const { transactions, calls } = rig();
  transactions.joined(membership(1));
  await transactions.open();
  const seat = await transactions.board('0_0', true, running);
  await transactions.rejoining();
  const ready = seat.commit(unit(0, 1));
  const refused = expect(ready).rejects.toMatchObject({ code: 'COMMIT_FAILED' });
  await transactions.close();
  await refused;
  expect(calls).toEqual(['init', 'close']);
});

it('a task that is told to stop is not kept waiting for the group, nor for a transaction in flight', async () => {
  const { transactions, hold, units } = rig();
  const stop = new AbortController();
  const beforeTheGroup = transactions.board('0_0', false, stop.signal);
  stop.abort();
  (await beforeTheGroup).leave();
  hold();
  transactions.joined(membership(1));
  void (await transactions.board('0_1', false, running)).commit(unit(1, 1));
  await flying(units, 1);
  const stopLater = new AbortController();
  const inFlight = transactions.board('0_2', false, stopLater.signal);
  stopLater.abort();
  (await inFlight).leave();
});
