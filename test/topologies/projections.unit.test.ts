import { describe, expect, it } from 'vitest';
import { DependencyUnavailableError } from '../../src/common/errors.ts';
import type { AuditEntry, PointsBalance } from '../../src/contracts/index.ts';
import { plainAudit, topics } from '../../src/contracts/index.ts';
import { TopologyTestDriver } from '../../src/streams/index.ts';
import { balancesTopology } from '../../topologies/balances/index.ts';
import { ledgerTopology } from '../../topologies/ledger/index.ts';
import { ann, noon, usd } from './points-rig.ts';
import { avroSerde } from './serdes.ts';

const auditSerde = avroSerde('AuditEntry');
const balanceSerde = avroSerde('PointsBalance');

const entry = (sequence: number): AuditEntry => ({
  event_id: `00000000-0000-4000-8000-${String(sequence).padStart(12, '0')}`,
  event_type: 'order.created',
  customer_id: ann,
  merchant_id: usd,
  points: 1,
  type: 'earn',
  sequence,
  balance_after: sequence,
  locale: 'en',
  description: 'You earned 1 point',
  rule: '1 point per 100 minor units',
  order_id: String(sequence),
  amount_minor: 100,
  delivery_id: null,
  retention_days: 180,
  ...plainAudit,
  schema_version: '1.0.0',
  created_at: noon,
  correlation_id: 'c',
});
const entries = (count: number): AuditEntry[] => Array.from({ length: count }, (_, index) => entry(index + 1));

describe('the ledger', () => {
  const rig = (onRetryable?: 'keep-trying') => {
    const world = {
      written: [] as (readonly AuditEntry[])[],
      marked: [] as (readonly AuditEntry[])[],
      /** What was carried out, and how much was written by then. */
      carriedOut: [] as { readonly acts: readonly AuditEntry[]; readonly written: number }[],
      refuses: new Set<number>(),
      error: null as Error | null,
    };
    const topology = ledgerTopology({
      auditSerde,
      write: (batch) => {
        if (world.error !== null) return Promise.reject(world.error);
        world.written.push(batch);
        const refused = batch.map(({ sequence }, index) => ({ sequence, index }));
        return Promise.resolve(
          refused
            .filter(({ sequence }) => world.refuses.has(sequence))
            .map(({ index }) => ({ index, reason: 'description is not of the shape' })),
        );
      },
      carryOut: (acts) => {
        if (acts.length > 0) world.carriedOut.push({ acts, written: world.written.flat().length });
        return Promise.resolve();
      },
      markProcessed: (batch) => {
        world.marked.push(batch);
        return Promise.resolve();
      },
    });
    const driver = new TopologyTestDriver(topology, { now: noon, ...(onRetryable && { onRetryable }) });
    const pipe = (batch: readonly AuditEntry[]): Promise<void> =>
      driver.pipe(
        topics.audit.name,
        auditSerde,
        batch.map((value) => ({ key: usd, value })),
      );
    return { world, driver, pipe };
  };

  it('is written in batches of at most 1,000, in order, and marked when written', async () => {
    const { world, pipe } = rig();
    await pipe(entries(2_300));
    expect(world.written.map(({ length }) => length)).toEqual([1_000, 1_000, 300]);
    expect(world.written.flat()).toEqual(entries(2_300));
    expect(world.marked.flat()).toEqual(entries(2_300));
  });

  it('has a refused entry in the dead letters alone, unmarked, and the others written', async () => {
    const { world, driver, pipe } = rig();
    world.refuses.add(2);
    await pipe(entries(3));
    const letters = driver.readBytes(topics.deadLetters.name);
    expect(letters.map(({ value }) => value)).toEqual([auditSerde.serialize(entry(2))]);
    expect(letters[0]?.headers).toMatchObject({
      '__streams.errors.code': 'LEDGER_REFUSED',
      '__streams.errors.message': 'description is not of the shape',
      '__streams.errors.retryable': 'false',
    });
    expect(world.marked.at(-1)?.map(({ sequence }) => sequence)).toEqual([1, 3]);
    // What is written again is what is safe to repeat: the neighbours, never the refused one alone.
    expect(world.written.at(-1)?.map(({ sequence }) => sequence)).toEqual([1, 3]);
  });

  it('has no entry, and no mark, of what moves no points', async () => {
    const { world, driver, pipe } = rig();
    const others = (['redemption', 'refusal', 'action'] as const).map((kind) => ({ ...entry(2), kind }));
    await pipe([entry(1), ...others, entry(3)]);
    expect(world.written.flat()).toEqual([entry(1), entry(3)]);
    expect(world.marked.flat()).toEqual([entry(1), entry(3)]);
    expect(driver.readBytes(topics.deadLetters.name)).toEqual([]);
  });

  it('has everything before a legal demand written when it is carried out, and the demand marked', async () => {
    const { world, pipe } = rig();
    const redact = { ...entry(3), kind: 'action', event_type: 'customer.redact', actor: 'shopify' } as const;
    const replay = { ...redact, event_type: 'points.replay', actor: 'operator' };
    const refused = { ...redact, kind: 'refusal' } as const;
    await pipe([...entries(2), redact, replay, refused, entry(4)]);
    expect(world.written.flat().map(({ sequence }) => sequence)).toEqual([1, 2, 4]);
    expect(world.carriedOut).toEqual([{ acts: [redact], written: 3 }]);
    expect(world.marked.flat()).toEqual([...entries(2), redact, entry(4)]);
  });

  it('that is away waits with nothing marked and nothing dead', async () => {
    const { world, driver, pipe } = rig('keep-trying');
    world.error = new DependencyUnavailableError('MongoDB');
    await expect(pipe(entries(3))).rejects.toThrow('MongoDB is not available');
    expect([world.marked, driver.readBytes(topics.deadLetters.name)]).toEqual([[], []]);
  });
});

describe('the balances', () => {
  const balance = (sequence: number): PointsBalance => ({
    merchant_id: usd,
    customer_id: ann,
    balance: sequence * 10,
    sequence,
    schema_version: '1.0.0',
    updated_at: noon,
    correlation_id: 'c',
  });

  it('are written in the order of the topic, one call for the batch', async () => {
    const written: (readonly PointsBalance[])[] = [];
    const topology = balancesTopology({
      balanceSerde,
      write: (batch) => {
        written.push(batch);
        return Promise.resolve();
      },
    });
    const driver = new TopologyTestDriver(topology, { now: noon });
    const batch = [balance(1), balance(2), balance(3)];
    await driver.pipe(
      topics.balances.name,
      balanceSerde,
      batch.map((value) => ({ key: `${usd}:${ann}`, value })),
    );
    expect(written).toEqual([batch]);
  });
});
