import { describe, expect, test } from 'vitest';
import { DependencyUnavailableError } from '../../src/common/errors.ts';
import { type LogFields, silentLogger } from '../../src/common/logger.ts';
import { type Outcome, outcomeOf } from '../../src/contracts/index.ts';
import { createOutcomeTeller } from '../../src/sinks/index.ts';
import { redemptionSteps } from '../support/redemption-steps.ts';

const outcome = (): Outcome => outcomeOf({ ...redemptionSteps().pending, kind: 'redemption' });

const rig = (maxHeld?: number) => {
  const world = { isAway: false, told: [] as Outcome[], counted: [] as number[], lines: [] as LogFields[] };
  const tell = createOutcomeTeller({
    board: {
      async tell(outcomes) {
        // Somebody else's turn comes in between.
        await Promise.resolve();
        if (world.isAway) throw new DependencyUnavailableError('Redis (state)');
        world.told.push(...outcomes);
      },
    },
    logger: { ...silentLogger, warn: (fields) => void world.lines.push(fields) },
    onUntold: (outcomes) => void world.counted.push(outcomes),
    ...(maxHeld !== undefined && { maxHeld }),
  });
  return { world, tell };
};

describe('telling callers what became of their requests', () => {
  test('tells every outcome in order, and asks nothing of anybody for none', async () => {
    const { world, tell } = rig();
    const outcomes = [outcome(), outcome()];
    await tell(outcomes);
    world.isAway = true;
    await tell([]);
    expect([world.told, world.counted]).toEqual([outcomes, []]);
  });

  test('does not fail where nobody can be told, but logs and counts it, and tells it before what comes next', async () => {
    const { world, tell } = rig();
    const [one, two, three] = [outcome(), outcome(), outcome()];
    world.isAway = true;
    await tell([one]);
    await tell([two]);
    expect(world.counted).toEqual([1, 1]);
    expect(world.lines).toMatchObject([
      { outcomes: 1, held: 1 },
      { outcomes: 1, held: 2 },
    ]);
    world.isAway = false;
    await tell([three]);
    await tell([three]);
    expect(world.told).toEqual([one, two, three, three]);
  });

  test('forgets nothing of tasks that tell at the same time', async () => {
    const { world, tell } = rig();
    const [one, two, three] = [outcome(), outcome(), outcome()];
    world.isAway = true;
    await Promise.all([tell([one]), tell([two])]);
    world.isAway = false;
    await tell([three]);
    expect(new Set(world.told)).toEqual(new Set([one, two, three]));
    expect(world.told.at(-1)).toEqual(three);
  });

  test('holds so many at most, and lets go of the oldest', async () => {
    const { world, tell } = rig(2);
    const outcomes = [outcome(), outcome(), outcome()];
    world.isAway = true;
    for (const one of outcomes) await tell([one]);
    world.isAway = false;
    const last = outcome();
    await tell([last]);
    expect(world.told).toEqual([...outcomes.slice(1), last]);
  });
});
