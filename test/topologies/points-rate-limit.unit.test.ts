import { describe, expect, it } from 'vitest';
import { DependencyUnavailableError } from '../../src/common/errors.ts';
import { ann, day, hour, jpy, noon, type Order, ordered, pointsRig, serdes, usd } from './points-rig.ts';

/** So many orders, one after the other. */
const orderRow = (from: number, to: number, of: Partial<Order> = {}): Order[] =>
  Array.from({ length: to - from + 1 }, (_, index) => ({ ...of, order: String(from + index), amountMinor: 100 }));

const limitTo = (rig: ReturnType<typeof pointsRig>, rateLimitPerSecond: number): void => {
  rig.world.merchants.set(usd, { ...rig.world.merchants.get(usd)!, rateLimitPerSecond });
};

describe('a merchant with more than 40 orders a second', () => {
  it('has 40 decided at once; the others wait, and nobody else does', async () => {
    const { orders, audit, deferred, world } = pointsRig();
    await orders(...orderRow(1, 100), ...orderRow(1, 10, { merchant: jpy, currency: 'JPY' }));
    const decided = audit();
    expect(decided.filter(({ merchant_id }) => merchant_id === usd).map(({ order_id }) => Number(order_id))).toEqual(
      Array.from({ length: 40 }, (_, index) => index + 1),
    );
    expect(decided.filter(({ merchant_id }) => merchant_id === jpy)).toHaveLength(10);
    expect(await deferred()).toHaveLength(60);
    expect([world.limited, world.deferred, world.waiting]).toEqual([[usd], 60, 60]);
  });

  it('has 40 more decided every second, in the order in which they came, each once', async () => {
    const { orders, audit, driver, world, account } = pointsRig();
    await orders(...orderRow(1, 100));
    await orders(...orderRow(101, 130));
    const decided = audit().map(({ order_id }) => Number(order_id));
    for (let tenth = 1; tenth <= 30; tenth += 1) {
      await driver.advanceWallClockTime(100);
      decided.push(...audit().map(({ order_id }) => Number(order_id)));
      expect(decided).toHaveLength(Math.min(130, 40 + tenth * 4));
    }
    expect(decided).toEqual(Array.from({ length: 130 }, (_, index) => index + 1));
    expect(await account(ann)).toEqual({ balance: 130, sequence: 130 });
    expect([world.limited, world.waiting]).toEqual([[usd], 0]);
  });

  it('is told of an order by the time it happened, not by when its turn came', async () => {
    const { orders, audit, driver } = pointsRig();
    await orders(...orderRow(1, 41));
    audit();
    await driver.advanceWallClockTime(60_000);
    expect(audit()).toMatchObject([{ order_id: '41', created_at: ordered({ order: '41' }).occurred_at }]);
  });

  it('does not gain by sending an order again while it waits', async () => {
    const { orders, audit, driver, world } = pointsRig();
    await orders(...orderRow(1, 50));
    await orders(...orderRow(1, 50, { delivery: 'again' }));
    await driver.advanceWallClockTime(1_000);
    expect(audit()).toHaveLength(50);
    expect(world.duplicates).toBe(50);
    expect(world.deferred).toBe(10);
  });

  it('is served faster as soon as its limit is raised', async () => {
    const rig = pointsRig();
    await rig.orders(...orderRow(1, 1_000));
    limitTo(rig, 100_000);
    // What flowed in until then did so at the old rate.
    await rig.driver.advanceWallClockTime(100);
    await rig.driver.advanceWallClockTime(100);
    expect(rig.audit()).toHaveLength(1_000);
  });

  it('waits on while its settings cannot be had, and others flow', async () => {
    const rig = pointsRig();
    await rig.orders(...orderRow(1, 41));
    rig.world.merchantsError = new DependencyUnavailableError('MongoDB');
    await rig.driver.advanceWallClockTime(1_000);
    expect(rig.audit()).toHaveLength(40);
    expect(rig.deadLetters()).toEqual([]);
    rig.world.merchantsError = null;
    await rig.driver.advanceWallClockTime(100);
    expect(rig.audit()).toHaveLength(1);
  });
});

describe('a merchant with a limit of its own', () => {
  it('is held to that', async () => {
    const rig = pointsRig();
    limitTo(rig, 3);
    await rig.orders(...orderRow(1, 10));
    expect(rig.audit()).toHaveLength(3);
    await rig.driver.advanceWallClockTime(1_000);
    expect(rig.audit()).toHaveLength(3);
  });
});

describe('an order that waited and is refused by the rules', () => {
  const refused = { order: '42', currency: 'EUR', amountMinor: 500 };

  it('ends in the dead letters with the bytes it came with, alone', async () => {
    const { orders, audit, driver, deadLetters, world } = pointsRig();
    await orders(...orderRow(1, 41), refused, ...orderRow(43, 45));
    expect(deadLetters()).toEqual([]);
    audit();
    await driver.advanceWallClockTime(1_000);
    const [letter, ...others] = deadLetters();
    expect(others).toEqual([]);
    expect(letter?.value).toEqual(serdes.ingest.serialize(ordered(refused)));
    expect(letter?.key?.toString()).toBe(usd);
    expect(letter?.headers).toMatchObject({
      correlation_id: 'correlation-42',
      '__streams.errors.code': 'CURRENCY_MISMATCH',
      '__streams.errors.node': 'decide',
      '__streams.errors.topic': 'points.ingest',
      '__streams.errors.offset': '41',
    });
    expect(audit().map(({ order_id, sequence }) => [order_id, sequence])).toEqual([
      ['41', 41],
      ['43', 42],
      ['44', 43],
      ['45', 44],
    ]);
    expect(world.waiting).toBe(0);
  });

  it('is forgotten, so that its replay is applied once', async () => {
    const rig = pointsRig();
    await rig.orders(...orderRow(1, 41), refused);
    expect(await rig.seen('42')).toBeDefined();
    await rig.driver.advanceWallClockTime(1_000);
    expect(rig.deadLetters()).toHaveLength(1);
    expect(await rig.seen('42')).toBe(undefined);
    expect(await rig.seen('41')).toBeDefined();

    rig.world.merchants.set(usd, { ...rig.world.merchants.get(usd)!, currency: 'EUR' });
    rig.audit();
    await rig.orders(refused, refused);
    await rig.orders(refused);
    await rig.driver.advanceWallClockTime(1_000);
    expect(rig.audit()).toMatchObject([{ order_id: '42', points: 5, sequence: 42 }]);
    expect(rig.deadLetters()).toEqual([]);
  });
});

describe('an order that waits for longer than events are remembered', () => {
  /** Orders 1 to 41, of which the last waits; then events of others, by which more than a day goes by. */
  const backlog = async () => {
    const rig = pointsRig();
    await rig.orders(...orderRow(1, 41));
    for (const hours of [12, 25]) {
      await rig.later(hours * hour, { order: String(hours), merchant: jpy, currency: 'JPY' });
    }
    rig.audit();
    return rig;
  };

  it('and is delivered again meanwhile is applied once', async () => {
    const rig = await backlog();
    await rig.later(25 * hour, { order: '41', amountMinor: 100, occurredAt: noon, delivery: 'again' });
    expect(await rig.deferred()).toHaveLength(2);
    await rig.driver.advanceWallClockTime(10_000);
    expect(rig.audit()).toMatchObject([{ order_id: '41', sequence: 41 }]);
    expect(await rig.deferred()).toEqual([]);
    expect(rig.world.duplicates).toBe(1);
    expect(await rig.account(ann)).toEqual({ balance: 41, sequence: 41 });
  });

  it('and is delivered twice again, the last time when that has been forgotten too, is applied once', async () => {
    const rig = await backlog();
    const again = { order: '41', amountMinor: 100, occurredAt: noon };
    await rig.later(25 * hour, again);
    await rig.later(50 * hour, { order: 'other', merchant: jpy, currency: 'JPY' });
    await rig.later(50 * hour, again);
    expect(await rig.deferred()).toHaveLength(3);
    rig.audit();
    await rig.driver.advanceWallClockTime(10_000);
    expect(rig.audit()).toMatchObject([{ order_id: '41', sequence: 41 }]);
    expect(rig.world.duplicates).toBe(2);
  });

  it('is remembered for a day again from when it was applied', async () => {
    const rig = await backlog();
    await rig.driver.advanceWallClockTime(10_000);
    expect(rig.audit()).toMatchObject([{ order_id: '41' }]);
    // The ledger may know it only later.
    await rig.later(48 * hour, { order: '41', amountMinor: 100, occurredAt: noon, delivery: 'again' });
    await rig.driver.advanceWallClockTime(10_000);
    expect(rig.audit()).toEqual([]);
    expect(rig.world.duplicates).toBe(1);
    expect(await rig.seen('41')).toMatchObject({ expires_at: noon + 25 * hour + day });
  });

  it('and is refused, as is the one that was delivered again, leaves no mark: its replay is applied once', async () => {
    const rig = pointsRig();
    const refused = { order: '41', amountMinor: 100, currency: 'EUR', occurredAt: noon };
    await rig.orders(...orderRow(1, 40), refused);
    await rig.later(25 * hour, { order: 'other', merchant: jpy, currency: 'JPY' });
    await rig.later(25 * hour, refused);
    await rig.driver.advanceWallClockTime(10_000);
    expect(rig.deadLetters()).toHaveLength(2);
    expect(await rig.seen('41')).toBe(undefined);
    rig.world.merchants.set(usd, { ...rig.world.merchants.get(usd)!, currency: 'EUR' });
    rig.audit();
    await rig.later(26 * hour, refused);
    await rig.later(26 * hour, refused);
    await rig.driver.advanceWallClockTime(10_000);
    expect(rig.audit()).toMatchObject([{ order_id: '41', sequence: 41 }]);
  });
});
