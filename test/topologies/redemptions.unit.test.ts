import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { DependencyUnavailableError } from '../../src/common/errors.ts';
import { type AuditEntry, type Outcome, outcomeOf, topics } from '../../src/contracts/index.ts';
import { TopologyTestDriver } from '../../src/streams/index.ts';
import { redemptionsTopology } from '../../topologies/redemptions/index.ts';
import { auditEntry } from '../support/audit-entries.ts';
import { redemptionSteps } from '../support/redemption-steps.ts';
import { noon } from './points-rig.ts';
import { avroSerde } from './serdes.ts';

const auditSerde = avroSerde('AuditEntry');

const rig = (onRetryable?: 'keep-trying') => {
  const world = {
    told: [] as Outcome[],
    written: [] as (readonly AuditEntry[])[],
    refuses: new Set<string>(),
    error: null as Error | null,
  };
  const topology = redemptionsTopology({
    auditSerde,
    tell: async (outcomes) => void world.told.push(...outcomes),
    write: async (batch) => {
      if (world.error !== null) throw world.error;
      world.written.push(batch);
      return batch.flatMap(({ event_id }, index) =>
        world.refuses.has(event_id) ? [{ index, reason: 'points minimum' }] : [],
      );
    },
  });
  const driver = new TopologyTestDriver(topology, { now: noon, ...(onRetryable && { onRetryable }) });
  const pipe = (batch: readonly AuditEntry[]): Promise<void> =>
    driver.pipe(
      topics.audit.name,
      auditSerde,
      batch.map((value) => ({ key: value.merchant_id, value })),
    );
  return { world, driver, pipe };
};

const token = randomUUID();
const tillItem = (changes: Partial<AuditEntry> = {}): AuditEntry =>
  auditEntry({ event_type: 'pos.transaction', idempotency_token: token, ...changes });

describe('redemptions', () => {
  it('are written in batches of at most 1,000, in order, and each step is told', async () => {
    const { world, pipe } = rig();
    const steps = Array.from({ length: 1_150 }, () => redemptionSteps()).flatMap(({ pending, completed }) => [
      pending,
      completed,
    ]);
    await pipe(steps);
    expect(world.written.map(({ length }) => length)).toEqual([1_000, 1_000, 300]);
    expect(world.written.flat()).toEqual(steps);
    expect(world.told).toEqual(steps.map((step) => outcomeOf({ ...step, kind: 'redemption' })));
  });

  it('are told under their own id, whichever step it is', async () => {
    const { world, pipe } = rig();
    const { pending, failed } = redemptionSteps();
    await pipe([pending, failed]);
    expect(world.told).toMatchObject([
      { event_id: pending.redemption_id, status: 'pending', reason: null },
      { event_id: pending.redemption_id, status: 'failed', reason: 'TASK_FAILED', balance_after: 2_000 },
    ]);
  });

  it('have a refused step in the dead letters alone, and the others written', async () => {
    const { world, driver, pipe } = rig();
    const [one, two, three] = [redemptionSteps().pending, redemptionSteps().pending, redemptionSteps().pending];
    world.refuses.add(two.event_id);
    await pipe([one, two, three]);
    const letters = driver.readBytes(topics.deadLetters.name);
    expect(letters.map(({ value }) => value)).toEqual([auditSerde.serialize(two)]);
    expect(letters[0]?.headers).toMatchObject({
      '__streams.errors.code': 'REDEMPTION_REFUSED',
      '__streams.errors.message': 'points minimum',
      '__streams.errors.retryable': 'false',
    });
    expect(world.written.at(-1)).toEqual([one, three]);
  });

  it('are told while MongoDB is away, and wait for it with nothing dead', async () => {
    const { world, driver, pipe } = rig('keep-trying');
    world.error = new DependencyUnavailableError('MongoDB');
    const { pending } = redemptionSteps();
    await expect(pipe([pending])).rejects.toThrow('MongoDB is not available');
    expect(world.told).toMatchObject([{ event_id: pending.event_id, status: 'pending' }]);
    expect(driver.readBytes(topics.deadLetters.name)).toEqual([]);
  });
});

describe('callers of other requests', () => {
  it.each([
    ['a till’s item', tillItem()],
    ['a till’s spend', tillItem({ type: 'spend', points: 5 })],
    ['a till’s sale that earned nothing', tillItem({ points: 0 })],
    ['a till’s sale of a known order', tillItem({ event_type: 'order.created' })],
    ['a refusal', tillItem({ kind: 'refusal', reason: 'UNKNOWN_CUSTOMER' })],
    ['a refusal without a token', tillItem({ kind: 'refusal', reason: 'UNKNOWN_TIER', idempotency_token: null })],
  ])('are told of %s, and nothing is written', async (_what, entry) => {
    const { world, pipe } = rig();
    await pipe([entry]);
    const { event_id, points, reason } = entry;
    expect(world.told).toMatchObject([{ event_id, points, reason, status: null }]);
    expect(world.written).toEqual([]);
  });

  it.each([
    ['an order that no till brought', tillItem({ event_type: 'order.created', idempotency_token: null })],
    ['a redemption’s debit, whose step is told', tillItem({ event_type: 'reward.redemption', type: 'spend' })],
    ['points given back', tillItem({ event_type: 'redemption.returned' })],
    ['the empty entry of a refused spend', tillItem({ type: 'spend', points: 0 })],
    ['an entry that carries a refusal’s reason', tillItem({ type: 'spend', reason: 'INSUFFICIENT_POINTS' })],
    ['an operator’s act', tillItem({ kind: 'action', event_type: 'points.replay', actor: 'operator' })],
  ])('are told nothing of %s', async (_what, entry) => {
    const { world, driver, pipe } = rig();
    await pipe([entry]);
    expect([world.told, world.written, driver.readBytes(topics.deadLetters.name)]).toEqual([[], [], []]);
  });
});
