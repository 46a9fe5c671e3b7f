import { describe, expect, it } from 'vitest';
import { DependencyUnavailableError } from '../../src/common/errors.ts';
import { ann, jpy, type Order, ordered, pointsRig, serdes, usd } from './points-rig.ts';

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
