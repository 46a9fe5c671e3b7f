import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../src/contracts/index.ts';
import { tokenEventId } from '../../src/domain/index.ts';
import { deadlinesStore } from '../../topologies/points/index.ts';
import { redemption, rewardOf, settled, taskOf, tokenOf } from './points-commands.ts';
import { ann, ben, day, jpy, noon, pointsRig, redemptionTimeoutMs, usd } from './points-rig.ts';

/** Each record as `kind what points → balance`. */
const lines = (audits: readonly AuditEntry[]): string[] =>
  audits.map(({ kind, event_type, status, reason, points, balance_after }) =>
    [kind, status ?? event_type, reason ?? '', `${String(points)} → ${String(balance_after)}`]
      .filter((part) => part !== '')
      .join(' '),
  );

const withHundred = async () => {
  const rig = pointsRig();
  await rig.orders({ order: '1', amountMinor: 10_000 });
  rig.audit();
  rig.earned();
  rig.balances();
  return rig;
};

describe('a redemption', () => {
  it('is told to everyone who follows, from one decision', async () => {
    const { commands, audit, redemptions, balances, earned } = await withHundred();
    await commands(redemption({ points: 40, token: tokenOf(1) }));
    const audits = audit();
    expect(lines(audits)).toEqual(['ledger reward.redemption 40 → 60', 'redemption pending 40 → 60']);
    const event = tokenEventId(usd, tokenOf(1));
    expect(audits).toMatchObject([
      { event_id: event, type: 'spend', sequence: 2, redemption_id: event, description: 'You spent 40 points' },
      { event_id: event, sequence: 2, redemption_id: event, reward_id: rewardOf(1), idempotency_token: tokenOf(1) },
    ]);
    expect(redemptions()).toEqual([
      {
        ...{
          event_id: event,
          customer_id: ann,
          merchant_id: usd,
          reward_id: rewardOf(1),
          idempotency_token: tokenOf(1),
        },
        ...{ points: 40, task_id: null, locale: 'en', schema_version: '1.0.0', created_at: noon },
        correlation_id: `redeem-${tokenOf(1)}`,
      },
    ]);
    expect(balances().map(({ value }) => [value.balance, value.sequence])).toEqual([[60, 2]]);
    expect(earned()).toEqual([]);
  });

  it('sent twice is one, in a batch and later, also when the window of dedupe has passed', async () => {
    const { commands, audit, driver, later, account } = await withHundred();
    const request = redemption({ points: 40, token: tokenOf(1) });
    await commands(request, request);
    await commands(request);
    await later(3 * day, { order: '2', amountMinor: 100 });
    await driver.advanceWallClockTime(1_000);
    await commands(request);
    expect(lines(audit()).filter((line) => line.includes('redemption '))).toHaveLength(2);
    expect(await account()).toEqual({ balance: 61, sequence: 3 });
  });

  it('of two that one balance covers once: the first one gets it', async () => {
    const { commands, audit, redemptions } = await withHundred();
    await commands(
      redemption({ points: 60, token: tokenOf(1) }),
      redemption({ points: 60, token: tokenOf(2), reward: rewardOf(2) }),
    );
    expect(lines(audit())).toEqual([
      'ledger reward.redemption 60 → 40',
      'redemption pending 60 → 40',
      'redemption failed INSUFFICIENT_POINTS 60 → 40',
    ]);
    expect(redemptions()).toHaveLength(1);
  });

  it('of a reward is one; after it has failed the reward may be redeemed again', async () => {
    const { commands, audit, account } = await withHundred();
    await commands(redemption({ points: 10, token: tokenOf(1) }), redemption({ points: 10, token: tokenOf(2) }));
    expect(lines(audit()).at(-1)).toBe('redemption failed REWARD_ALREADY_REDEEMED 10 → 90');
    await commands(settled({ outcome: 'failed', token: tokenOf(1) }), redemption({ points: 10, token: tokenOf(3) }));
    expect(lines(audit())).toEqual([
      'ledger redemption.returned TASK_FAILED 10 → 100',
      'redemption failed TASK_FAILED 10 → 100',
      'ledger reward.redemption 10 → 90',
      'redemption pending 10 → 90',
    ]);
    expect(await account()).toMatchObject({ balance: 90 });
  });

  it('at one merchant knows nothing of the same token and reward at another', async () => {
    const { orders, commands, audit } = await withHundred();
    await orders({ order: '1', merchant: jpy, currency: 'JPY', amountMinor: 5_000 });
    await commands(
      redemption({ points: 10, token: tokenOf(1) }),
      redemption({ points: 10, token: tokenOf(1), merchant: jpy }),
      settled({ outcome: 'completed', token: tokenOf(1), merchant: jpy }),
    );
    expect(audit().flatMap(({ merchant_id, status }) => (status === null ? [] : [[merchant_id, status]]))).toEqual([
      [usd, 'pending'],
      [jpy, 'pending'],
      [jpy, 'completed'],
    ]);
  });
});

describe('the answer to a redemption', () => {
  it('completes it by its task; a deadline that passes later changes nothing', async () => {
    const { commands, audit, driver, account } = await withHundred();
    await commands(redemption({ points: 40, token: tokenOf(1) }));
    await commands(settled({ outcome: 'completed', token: tokenOf(1), task: taskOf(5) }));
    expect(audit().at(-1)).toMatchObject({ kind: 'redemption', status: 'completed', task_id: taskOf(5) });
    expect(await driver.storeEntries(deadlinesStore())).toEqual([]);
    await driver.advanceWallClockTime(redemptionTimeoutMs + 1);
    expect([audit(), await account()]).toEqual([[], { balance: 60, sequence: 2 }]);
  });

  it('that names somebody else gives the points back to whom they came from', async () => {
    const { commands, account } = await withHundred();
    await commands(redemption({ points: 40, token: tokenOf(1) }));
    await commands(settled({ outcome: 'failed', token: tokenOf(1), customer: ben }));
    expect([await account(ann), await account(ben)]).toEqual([{ balance: 100, sequence: 3 }, undefined]);
  });

  it('in the batch of its request, before it, completes it', async () => {
    const { commands, audit } = await withHundred();
    await commands(settled({ outcome: 'completed', token: tokenOf(1) }), redemption({ points: 40, token: tokenOf(1) }));
    expect(lines(audit()).filter((line) => line.startsWith('redemption'))).toEqual([
      'redemption pending 40 → 60',
      'redemption completed 40 → 60',
    ]);
  });
});

describe('a redemption that nobody answers', () => {
  it('fails when its time is up, and the points go back, once', async () => {
    const { commands, audit, driver, balances, redemptions } = await withHundred();
    await commands(redemption({ points: 40, token: tokenOf(1) }));
    audit();
    balances();
    redemptions();
    await driver.advanceWallClockTime(redemptionTimeoutMs - 1);
    expect(audit()).toEqual([]);
    await driver.advanceWallClockTime(1_000);
    const audits = audit();
    expect(lines(audits)).toEqual([
      'ledger redemption.returned TIMED_OUT 40 → 100',
      'redemption failed TIMED_OUT 40 → 100',
    ]);
    expect(audits[0]).toMatchObject({
      ...{ type: 'earn', redemption_id: tokenEventId(usd, tokenOf(1)), created_at: noon + redemptionTimeoutMs },
      correlation_id: `redeem-${tokenOf(1)}`,
    });
    expect(balances().map(({ value }) => value.balance)).toEqual([100]);
    await driver.advanceWallClockTime(redemptionTimeoutMs);
    await commands(settled({ outcome: 'failed', token: tokenOf(1) }));
    expect(audit()).toEqual([]);
  });

  it('fails after a restart as well', async () => {
    const { commands, audit, driver } = await withHundred();
    await commands(redemption({ points: 40, token: tokenOf(1) }));
    audit();
    driver.restart();
    await driver.advanceWallClockTime(redemptionTimeoutMs + 1_000);
    expect(lines(audit())).toHaveLength(2);
  });

  it('fails at a merchant that is gone as well', async () => {
    const { commands, audit, driver, world } = await withHundred();
    await commands(redemption({ points: 40, token: tokenOf(1) }));
    audit();
    world.merchants.delete(usd);
    await driver.advanceWallClockTime(redemptionTimeoutMs + 1_000);
    expect(lines(audit())[0]).toBe('ledger redemption.returned TIMED_OUT 40 → 100');
  });

  it('that are many fail in the order of their time, 500 at once', async () => {
    const { orders, commands, audit, driver, account } = pointsRig();
    await orders({ order: '1', amountMinor: 100_000_000 });
    const many = Array.from({ length: 1_200 }, (_, index) =>
      redemption({ points: 1, token: tokenOf(index), reward: rewardOf(index) }),
    );
    await commands(...many);
    audit();
    await driver.advanceWallClockTime(redemptionTimeoutMs + 1_000);
    expect(audit()).toHaveLength(1_000);
    await driver.advanceWallClockTime(1_000);
    await driver.advanceWallClockTime(1_000);
    expect(audit()).toHaveLength(1_400);
    expect(await account()).toMatchObject({ balance: 1_000_000 });
  });
});
