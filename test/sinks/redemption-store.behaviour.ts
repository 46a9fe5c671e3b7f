import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { AuditEntry } from '../../src/contracts/index.ts';
import type { RedemptionStatus, RedemptionStore } from '../../src/sinks/ports.ts';
import { redemptionSteps } from '../support/redemption-steps.ts';

/** A store of redemptions under test, what it holds of a merchant in no order, and what it has counted as new. */
export interface RedemptionsUnderTest {
  readonly store: RedemptionStore;
  held(merchantId: string): Promise<readonly HeldRedemption[]>;
  /** Counts since the last call. */
  written(): Partial<Record<RedemptionStatus, number>>;
}

export interface HeldRedemption {
  readonly idempotency_token: string;
  readonly status: string;
  readonly task_id: string | null;
  readonly reason: string | null;
}

const orders = <T>(items: readonly T[]): readonly (readonly T[])[] =>
  items.length < 2
    ? [items]
    : items.flatMap((first, index) =>
        orders([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [first, ...rest]),
      );

/** What every store of redemptions does, whatever it is made of. */
export const redemptionsBehaviour = (name: string, redemptions: () => RedemptionsUnderTest): void => {
  const apply = (...steps: readonly AuditEntry[]) => redemptions().store.apply(steps);
  const statusOf = async ({ merchant_id, idempotency_token }: AuditEntry) =>
    (await redemptions().held(merchant_id)).find((held) => held.idempotency_token === idempotency_token)?.status;

  describe(`a store of redemptions (${name})`, () => {
    test('takes no steps at all', async () => {
      expect(await apply()).toEqual([]);
    });

    test('holds a redemption that is pending, then completed by its task', async () => {
      const { pending, completed } = redemptionSteps();
      expect(await apply(pending)).toEqual([]);
      const { merchant_id, idempotency_token } = pending;
      expect(await redemptions().held(merchant_id)).toEqual([
        { idempotency_token, status: 'pending', task_id: null, reason: null },
      ]);
      expect(await apply(completed)).toEqual([]);
      expect(await redemptions().held(merchant_id)).toEqual([
        { idempotency_token, status: 'completed', task_id: completed.task_id, reason: null },
      ]);
    });

    test('holds why a redemption failed, or was refused at once', async () => {
      const [failing, refused] = [redemptionSteps(), redemptionSteps()];
      await apply(failing.pending, failing.failed);
      await apply({ ...refused.failed, task_id: null, reason: 'INSUFFICIENT_POINTS' });
      expect(await redemptions().held(failing.pending.merchant_id)).toMatchObject([
        { status: 'failed', reason: 'TASK_FAILED' },
      ]);
      expect(await redemptions().held(refused.failed.merchant_id)).toMatchObject([
        { status: 'failed', reason: 'INSUFFICIENT_POINTS', task_id: null },
      ]);
    });

    test.each(['completed', 'failed'] as const)(
      'is %s in the end in whatever order the steps come, however often, together or one by one',
      async (end) => {
        const { pending: request, [end]: settled } = redemptionSteps();
        for (const order of orders([request, settled, request, settled])) {
          const renamed = redemptionSteps();
          const { merchant_id, idempotency_token, reward_id } = renamed.pending;
          const steps = order.map((step) => ({ ...step, merchant_id, idempotency_token, reward_id }));
          expect(await apply(...steps)).toEqual([]);
          expect(await statusOf(renamed.pending)).toBe(end);
          const alone = redemptionSteps().pending.merchant_id;
          for (const step of steps) expect(await apply({ ...step, merchant_id: alone })).toEqual([]);
          expect(await redemptions().held(alone)).toMatchObject([{ status: end, idempotency_token }]);
        }
      },
    );

    test('never moves from one end to the other', async () => {
      const [one, other] = [redemptionSteps(), redemptionSteps()];
      await apply(one.pending, one.completed, one.failed);
      await apply(other.pending);
      await apply(other.failed);
      expect(await apply(other.completed, one.failed)).toEqual([]);
      expect(await statusOf(one.pending)).toBe('completed');
      expect(await redemptions().held(other.pending.merchant_id)).toMatchObject([
        { status: 'failed', reason: 'TASK_FAILED', task_id: other.failed.task_id },
      ]);
    });

    test('counts every step once, by what was new', async () => {
      const [one, two, three] = [redemptionSteps(), redemptionSteps(), redemptionSteps()];
      redemptions().written();
      await apply(one.pending, two.pending, two.completed);
      expect(redemptions().written()).toEqual({ pending: 2, completed: 1 });
      await apply(one.pending, one.failed, two.pending, two.completed, three.failed);
      expect(redemptions().written()).toEqual({ failed: 2 });
      await apply(one.pending, one.failed, two.pending, two.completed, three.failed);
      await apply(two.failed, one.completed, three.pending);
      expect(redemptions().written()).toEqual({});
    });

    test('lets a reward be redeemed again once a redemption of it has failed, in the same call too', async () => {
      const reward = { merchant_id: randomUUID(), reward_id: randomUUID() };
      const [first, second, third] = [redemptionSteps(reward), redemptionSteps(reward), redemptionSteps(reward)];
      expect(await apply(first.pending)).toEqual([]);
      expect(await apply(first.failed, second.pending)).toEqual([]);
      expect(await apply(second.failed, third.pending, third.completed)).toEqual([]);
      expect(await Promise.all([first, second, third].map(({ pending }) => statusOf(pending)))).toEqual([
        'failed',
        'failed',
        'completed',
      ]);
    });

    test('refuses a redemption of a reward that another one holds, and takes its neighbours', async () => {
      const reward = { merchant_id: randomUUID(), reward_id: randomUUID() };
      const [first, second, neighbour] = [redemptionSteps(reward), redemptionSteps(reward), redemptionSteps()];
      await apply(first.pending, first.completed);
      expect(await apply(neighbour.pending, second.pending, neighbour.completed)).toEqual([
        { index: 1, reason: 'reward is held by another redemption' },
      ]);
      expect(await statusOf(neighbour.pending)).toBe('completed');
      expect(await statusOf(second.pending)).toBeUndefined();
    });

    test('refuses another redemption under a token that it knows, and keeps the first', async () => {
      const { pending } = redemptionSteps();
      const other = { ...pending, reward_id: randomUUID() };
      expect(await apply(pending, other)).toEqual([{ index: 1, reason: 'token belongs to another redemption' }]);
      expect(await apply({ ...pending, points: 499 }, pending)).toEqual([
        { index: 0, reason: 'token belongs to another redemption' },
      ]);
      expect(await redemptions().held(pending.merchant_id)).toHaveLength(1);
    });

    test('holds one token and one reward for each of two merchants', async () => {
      const { pending } = redemptionSteps();
      const other = { ...pending, merchant_id: randomUUID() };
      expect(await apply(pending, other)).toEqual([]);
      expect(await redemptions().held(other.merchant_id)).toHaveLength(1);
    });

    test('refuses only the step that is not fit, and every copy of it', async () => {
      const [one, two] = [redemptionSteps(), redemptionSteps()];
      const unfit = { ...one.failed, reason: 'a\nb' };
      const refused = await apply(one.pending, unfit, { ...two.pending, points: 0 }, unfit, two.completed);
      expect(refused.map(({ index }) => index)).toEqual([1, 2, 3]);
      expect(await statusOf(one.pending)).toBe('pending');
      expect(await statusOf(two.pending)).toBe('completed');
    });
  });
};
