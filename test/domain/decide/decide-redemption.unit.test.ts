import { describe, expect, it } from 'vitest';
import type { Command, Decision } from '../../../src/domain/index.ts';
import { at, common, customer, entry, Story } from './rig.ts';

const token = 'token-1';

const requested = (points = 40): Command => ({
  ...{ kind: 'RedemptionRequested', ...common, rewardId: 'reward-1', idempotencyToken: token, points },
});

const settled = (outcome: 'completed' | 'failed'): Command => ({
  ...{ kind: 'RedemptionSettled', ...common, eventId: `settled-${outcome}`, customerId: 'whoever', outcome },
  ...{ idempotencyToken: token, taskId: 'task-1', occurredAt: at + 5_000, correlationId: 'corr-task' },
});

const timedOut = (): Command => ({
  ...{ kind: 'RedemptionTimedOut', ...common, eventId: 'timed-out', idempotencyToken: token },
});

const steps = ({ steps: made = [] }: Decision) =>
  made.map(({ status, reason }) => (reason === null ? status : `${status} ${reason}`));

describe('a redemption', () => {
  it('debits the points at once and is pending', () => {
    const story = new Story(100);
    const decision = story.tell(requested());
    expect(decision.entries).toStrictEqual([
      entry({
        ...{ eventType: 'reward.redemption', type: 'spend', points: 40, sequence: 2, balanceAfter: 60 },
        ...{ rule: 'redemption', orderId: null, amountMinor: null, idempotencyToken: token },
        ...{ redemptionId: common.eventId, rewardId: 'reward-1' },
      }),
    ]);
    expect(steps(decision)).toEqual(['pending']);
    expect(story.redemption).toMatchObject({ status: 'pending', expiresAt: at + 900_000, customerId: customer });
  });

  it('of all the points leaves none', () => {
    const story = new Story(40);
    story.tell(requested());
    expect(story.balance).toBe(0);
  });

  it('that is not covered fails and moves nothing, whatever tills may do', () => {
    const story = new Story(39, { overdraft: { tillSpends: 'debt', clawBacks: 'debt' } });
    const decision = story.tell(requested());
    expect([decision.entries, steps(decision)]).toEqual([[], ['failed INSUFFICIENT_POINTS']]);
  });

  it('of a reward that is gone fails and moves nothing', () => {
    const story = new Story(100).rewardIsGone('another');
    expect(steps(story.tell(requested()))).toEqual(['failed REWARD_ALREADY_REDEEMED']);
    expect(story.balance).toBe(100);
  });

  it('asked for again under its token changes nothing, whatever became of it', () => {
    const story = new Story(100);
    story.tell(requested());
    expect(story.tell(requested())).toEqual({ entries: [] });
    story.tell(settled('failed'));
    expect(story.tell(requested())).toEqual({ entries: [] });
    const refused = new Story(1);
    refused.tell(requested());
    expect(refused.tell(requested(1))).toEqual({ entries: [] });
  });
});

describe('the answer to a redemption', () => {
  it('completes it by its task, and moves nothing', () => {
    const story = new Story(100);
    story.tell(requested());
    const decision = story.tell(settled('completed'));
    expect([decision.entries, steps(decision)]).toEqual([[], ['completed']]);
    expect(story.redemption).toMatchObject({ status: 'completed', taskId: 'task-1' });
  });

  it('fails it, and the points go back by an entry that names it, to whom they came from', () => {
    const story = new Story(100);
    story.tell(requested());
    const decision = story.tell(settled('failed'));
    expect(steps(decision)).toEqual(['failed TASK_FAILED']);
    expect(decision.entries).toStrictEqual([
      entry({
        ...{ eventId: 'settled-failed', eventType: 'redemption.returned', points: 40, sequence: 3, balanceAfter: 100 },
        ...{ rule: 'redemption returned', orderId: null, amountMinor: null, occurredAt: at + 5_000 },
        ...{ idempotencyToken: token, redemptionId: common.eventId, rewardId: 'reward-1', reason: 'TASK_FAILED' },
        correlationId: 'corr-task',
      }),
    ]);
  });

  it.each(['completed', 'failed'] as const)('%s, told twice, has one effect', (outcome) => {
    const story = new Story(100);
    story.tell(requested());
    story.tell(settled(outcome));
    expect(story.tell(settled(outcome))).toEqual({ entries: [] });
  });

  it.each([
    ['completed', 'failed', 60],
    ['failed', 'completed', 100],
  ] as const)('%s stands against a later %s, which is on record', (first, later, balance) => {
    const story = new Story(100);
    story.tell(requested());
    story.tell(settled(first));
    const decision = story.tell(settled(later));
    expect(decision.entries).toEqual([]);
    expect(decision.refusals).toMatchObject([
      { reason: 'REDEMPTION_ALREADY_SETTLED', customerId: customer, points: 40, redemptionId: common.eventId },
    ]);
    expect([story.balance, story.redemption?.status]).toEqual([balance, first]);
  });

  it('that comes before the request waits for it', () => {
    const story = new Story(100);
    story.tell(settled('completed'));
    expect(story.redemption?.status).toBe('unasked');
    expect(steps(story.tell(requested()))).toEqual(['pending', 'completed']);
    expect([story.balance, story.redemption?.taskId]).toEqual([60, 'task-1']);
  });

  it('that comes before the request and fails it leaves the points where they were, in two entries', () => {
    const story = new Story(100);
    story.tell(settled('failed'));
    expect(story.entries(requested())).toEqual(['reward.redemption -40 → 60', 'redemption.returned +40 → 100']);
    expect(story.redemption).toMatchObject({ status: 'failed', reason: 'TASK_FAILED' });
  });

  it('that does not come in time fails it, once', () => {
    const story = new Story(100);
    story.tell(requested());
    expect(story.entries(timedOut())).toEqual(['redemption.returned +40 → 100']);
    expect(story.redemption).toMatchObject({ status: 'failed', reason: 'TIMED_OUT' });
    expect(story.tell(timedOut())).toEqual({ entries: [] });
    expect(story.tell(settled('failed'))).toEqual({ entries: [] });
    expect(story.tell(settled('completed')).refusals).toHaveLength(1);
  });

  it('is not waited for once it is there', () => {
    const story = new Story(100);
    story.tell(requested());
    story.tell(settled('completed'));
    expect(story.tell(timedOut())).toEqual({ entries: [] });
  });
});
