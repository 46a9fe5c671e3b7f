import { describe, expect, it } from 'vitest';
import { noon, pointsRig, usd } from './points-rig.ts';

describe('a command that is decided', () => {
  it('is told with the time it came, once it is committed', async () => {
    const { later, world } = pointsRig();
    await later(5_000, { order: '1' });
    await later(7_000, { order: '2' });
    expect(world.decided).toEqual([
      { arrivedAt: noon + 5_000, hasWaited: false },
      { arrivedAt: noon + 7_000, hasWaited: false },
    ]);
  });

  it('is not told as such when it was applied before, or when it died', async () => {
    const { orders, raw, world } = pointsRig();
    await orders({ order: '1' });
    await orders({ order: '1' }, { order: '2', merchant: '6f6c2a52-7f5b-4d3b-9a4e-0b6a1f1d0009' });
    await raw(Buffer.from('no Avro'));
    expect(world.decided).toHaveLength(1);
  });

  it('is told apart where it had to wait for its merchant’s rate limit', async () => {
    const { orders, driver, world } = pointsRig();
    world.merchants.set(usd, { ...world.merchants.get(usd)!, rateLimitPerSecond: 2 });
    await orders({ order: '1' }, { order: '2' }, { order: '3' });
    expect(world.decided.map(({ hasWaited }) => hasWaited)).toEqual([false, false]);
    await driver.advanceWallClockTime(1_000);
    expect(world.decided.map(({ hasWaited }) => hasWaited)).toEqual([false, false, true]);
  });
});
