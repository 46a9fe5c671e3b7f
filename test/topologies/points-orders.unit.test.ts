import { describe, expect, it } from 'vitest';
import { orderEarnEventId } from '../../src/domain/index.ts';
import { ordersStore } from '../../topologies/points/index.ts';
import { atTill, cancelled, demanded, refunded, tiered, tokenOf } from './points-commands.ts';
import { ann, ben, day, hour, noon, ordered, pointsRig, serdes, usd } from './points-rig.ts';

const campaign = 'a0000000-0000-4000-8000-000000000001';

describe('an order and what becomes of it', () => {
  it('a refund takes its part back and is told as the balance, not as earned', async () => {
    const { orders, commands, audit, earned, balances } = pointsRig();
    await orders({ order: '1', amountMinor: 10_000, customer: ben });
    await commands(refunded({ order: '1', amountMinor: 2_500 }));
    expect(audit()[1]).toMatchObject({
      ...{ kind: 'ledger', event_type: 'order.refunded', type: 'spend', points: 25, balance_after: 75 },
      ...{ customer_id: ben, order_id: '1', amount_minor: 2_500, description: '25 points were taken back' },
      ...{ rule: '1 point per 100 minor units', correlation_id: 'refund-1-1' },
    });
    expect(earned().map(({ value }) => value.points)).toEqual([100]);
    expect(balances().map(({ key, value }) => [key, value.balance])).toEqual([
      [`${usd}:${ben}`, 100],
      [`${usd}:${ben}`, 75],
    ]);
  });

  it('a refund before its order, in another batch and days ahead, is taken back with it', async () => {
    const { commands, later, audit, account } = pointsRig();
    await commands(refunded({ order: '1', amountMinor: 10_000 }));
    expect(audit()).toEqual([]);
    await later(3 * day, { order: '1', amountMinor: 10_000, occurredAt: noon + 3 * day });
    expect(audit().map(({ event_type, points, customer_id }) => [event_type, points, customer_id])).toEqual([
      ['order.created', 100, ann],
      ['order.refunded', 100, ann],
    ]);
    expect(await account()).toEqual({ balance: 0, sequence: 2 });
  });

  it('everything in one batch, in the wrong order and twice, comes out right', async () => {
    const { commands, audit, account } = pointsRig();
    const order = ordered({ order: '1', amountMinor: 10_000 });
    const refund = refunded({ order: '1', amountMinor: 3_000 });
    const cancel = cancelled({ order: '1' });
    await commands(cancel, refund, refund, order, cancel, order);
    expect(audit().map(({ event_type, points }) => [event_type, points])).toEqual([
      ['order.created', 100],
      ['order.refunded', 30],
      ['order.cancelled', 70],
    ]);
    expect(await account()).toEqual({ balance: 0, sequence: 3 });
  });

  it('an order that dedupe and ledger have forgotten is not paid again', async () => {
    const { orders, later, audit, driver } = pointsRig();
    await orders({ order: '1' });
    await later(2 * day, { order: '2', occurredAt: noon + 2 * day });
    await driver.advanceWallClockTime(hour);
    await orders({ order: '1' });
    expect(audit().map(({ order_id }) => order_id)).toEqual(['1', '2']);
  });

  it('an order of another merchant is not touched', async () => {
    const { orders, commands, account } = pointsRig();
    await orders({ order: '1' });
    await commands(cancelled({ order: '1', merchant: '6f6c2a52-7f5b-4d3b-9a4e-0b6a1f1d0002' }));
    expect(await account()).toEqual({ balance: 100, sequence: 1 });
  });

  it('is kept as it was decided', async () => {
    const { orders, commands, driver } = pointsRig();
    await orders({ order: '1', locale: 'he' });
    await commands(cancelled({ order: '2' }), refunded({ order: '1', amountMinor: 150 }));
    const entries = await driver.storeEntries(ordersStore(serdes.orders));
    expect(entries.map(([key]) => key)).toEqual([`${usd}:1`, `${usd}:2`]);
    expect(entries[0]?.[1]).toMatchObject({
      ...{ earned_event_id: orderEarnEventId(usd, '1'), points: 100, taken_back: 2, refunded_minor: 150 },
      ...{ rule_points: 1, rule_per_minor_units: 100, locale: 'he' },
    });
    expect(entries[1]?.[1]).toMatchObject({ earned_event_id: null, cancelled_correlation_id: 'cancel-2' });
  });
});

describe('a till', () => {
  it('and the shop tell of the same sale: it pays once, whichever comes first', async () => {
    const sale = atTill({ type: 'earn', points: 100, token: tokenOf(1), order: '1' });
    const first = pointsRig();
    await first.commands(sale, ordered({ order: '1' }));
    const second = pointsRig();
    await second.commands(ordered({ order: '1' }), sale);
    for (const { audit, world, account } of [first, second]) {
      expect(audit()).toHaveLength(1);
      expect(world.duplicates).toBe(1);
      expect(await account()).toEqual({ balance: 100, sequence: 1 });
    }
  });

  it('does not wait behind a shop that is over its rate', async () => {
    const { commands, audit } = pointsRig();
    const many = Array.from({ length: 100 }, (_, index) => ordered({ order: String(index) }));
    await commands(...many, atTill({ type: 'earn', points: 7, token: tokenOf(1), customer: ben }));
    expect(audit().at(-1)).toMatchObject({ customer_id: ben, points: 7 });
    expect(audit()).toEqual([]);
  });

  it('spends what is covered; what is not is refused and reported, and nothing of it is earned', async () => {
    const { orders, commands, audit, earned } = pointsRig();
    await orders({ order: '1', amountMinor: 5_000 });
    await commands(
      atTill({ type: 'spend', points: 30, token: tokenOf(1) }),
      atTill({ type: 'spend', points: 30, token: tokenOf(2) }),
      atTill({ type: 'earn', points: 0, amountMinor: 100, currency: 'EUR', token: tokenOf(3) }),
    );
    expect(
      audit().map(({ kind, type, points, reason, balance_after }) => [kind, type, points, reason, balance_after]),
    ).toEqual([
      ['ledger', 'earn', 50, null, 50],
      ['ledger', 'spend', 30, null, 20],
      ['ledger', 'spend', 0, 'INSUFFICIENT_POINTS', 20],
      ['refusal', 'spend', 30, 'INSUFFICIENT_POINTS', 20],
      ['ledger', 'earn', 0, 'CURRENCY_MISMATCH', 20],
      ['refusal', 'earn', 0, 'CURRENCY_MISMATCH', 20],
    ]);
    expect(earned()).toHaveLength(1);
  });

  it('whose sale of an order is refused leaves the order to the shop', async () => {
    const { commands, audit, seen, deadLetters } = pointsRig();
    await commands(
      atTill({ type: 'earn', points: 0, amountMinor: 100, currency: 'EUR', token: tokenOf(1), order: '1' }),
    );
    expect(await seen('1')).toBeUndefined();
    await commands(ordered({ order: '1' }));
    expect(audit().map(({ kind, points, reason }) => [kind, points, reason])).toEqual([
      ['refusal', 0, 'CURRENCY_MISMATCH'],
      ['ledger', 100, null],
    ]);
    expect(deadLetters()).toEqual([]);
  });
});

describe('a tier', () => {
  it('gives its bonus once per event', async () => {
    const { commands, audit, earned } = pointsRig();
    const gold = tiered({ tier: 'gold', event: campaign });
    await commands(gold, gold);
    expect(audit()).toMatchObject([
      { event_type: 'vip_tier.assigned', type: 'bonus', points: 500, description: 'You received 500 bonus points' },
    ]);
    expect(earned().map(({ value }) => [value.type, value.points])).toEqual([['bonus', 500]]);
  });

  it('that the merchant does not know is a dead letter with that reason', async () => {
    const { commands, audit, deadLetters } = pointsRig();
    await commands(tiered({ tier: 'platinum', event: campaign }));
    expect(deadLetters().map(({ headers }) => headers['__streams.errors.code'])).toEqual(['UNKNOWN_TIER']);
    expect(audit()).toEqual([]);
  });
});

describe('what the law demands', () => {
  it('is recorded as an act, once, behind what was decided before it', async () => {
    const { commands, audit, earned, balances } = pointsRig();
    const redact = demanded({ request: 'customer_redact', orders: ['1', '2'] });
    await commands(ordered({ order: '1' }), redact, redact);
    expect(audit()[1]).toMatchObject({
      ...{ kind: 'action', event_type: 'customer.redact', actor: 'shopify', detail: '1,2', customer_id: ann },
      ...{ sequence: 1, balance_after: 100, points: 0 },
    });
    expect([earned().length, balances().length, audit()]).toEqual([1, 1, []]);
  });
});

describe('what operators send again', () => {
  it('goes the way of what comes for the first time, and changes nothing that was done', async () => {
    const { commands, replayed, audit, account } = pointsRig();
    await commands(ordered({ order: '1' }), refunded({ order: '1', amountMinor: 1_000 }));
    await replayed(ordered({ order: '1' }), refunded({ order: '1', amountMinor: 1_000 }), ordered({ order: '2' }));
    expect(audit().map(({ event_type, order_id }) => [event_type, order_id])).toEqual([
      ['order.created', '1'],
      ['order.refunded', '1'],
      ['order.created', '2'],
    ]);
    expect(await account()).toEqual({ balance: 190, sequence: 3 });
  });
});
