import { describe, expect, it } from 'vitest';
import { DependencyUnavailableError } from '../../src/common/errors.ts';
import type { LogFields, Logger } from '../../src/common/logger.ts';
import { type ComplianceAct, type ComplianceActName, nilUuid } from '../../src/contracts/index.ts';
import { carryOut } from '../../src/sinks/index.ts';
import type { HeldEntry } from '../../src/sinks/ports.ts';
import { auditEntry } from '../support/audit-entries.ts';

const merchantId = '6f1f64b4-3c5f-4c0e-9b52-1f6b8f0c2a11';
const [ann, bob] = ['0d5a1a63-7a0c-4a57-8d3b-0c8a4c1e7b22', '0d5a1a63-7a0c-4a57-8d3b-0c8a4c1e7b23'];

const act = (event_type: ComplianceActName, customer_id = ann): ComplianceAct => ({
  ...auditEntry({ merchant_id: merchantId, customer_id, actor: 'shopify', created_at: 1_000 }),
  kind: 'action',
  event_type,
});

const createRig = () => {
  const entries: (HeldEntry & { orders: boolean })[] = [ann, bob, ann].map((customerId, index) => ({
    customerId,
    eventId: `event-${index}`,
    hasOrder: true,
    orders: true,
  }));
  const world = {
    entries,
    waiting: [ann, bob],
    removed: [] as unknown[],
    forgotten: [] as string[],
    logged: [] as [string, LogFields][],
    carriedOut: [] as string[],
    notForgotten: 0,
    redisAway: false,
    /** MongoDB goes away after so many calls. */
    callsLeft: Number.POSITIVE_INFINITY,
  };
  const call = (): void => {
    world.callsLeft -= 1;
    if (world.callsLeft < 0) throw new DependencyUnavailableError('MongoDB');
  };
  const log = (level: string) => (fields: LogFields) => void world.logged.push([level, fields]);
  const logger: Logger = {
    ...{ debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
    child: () => logger,
  };
  const run = (...acts: readonly ComplianceAct[]): Promise<void> =>
    carryOut(
      {
        data: {
          async *entriesOf({ customerId }) {
            for (const entry of entries) {
              call();
              if (customerId === null || customerId === entry.customerId) yield [{ ...entry, hasOrder: entry.orders }];
            }
          },
          async forgetOrders(merchant, eventIds) {
            call();
            expect(merchant).toBe(merchantId);
            for (const entry of entries) if (eventIds.includes(entry.eventId)) entry.orders = false;
          },
          async dropWaiting({ customerId }) {
            call();
            world.waiting = world.waiting.filter((customer) => customerId !== null && customer !== customerId);
          },
          async removeMerchant(...merchant) {
            call();
            world.removed.push(merchant);
          },
        },
        answers: {
          async forget(_merchant, held) {
            if (world.redisAway) throw new DependencyUnavailableError('Redis (cache)');
            world.forgotten.push(...held.map(({ eventId }) => eventId));
          },
        },
        logger,
        onCarriedOut: (request) => world.carriedOut.push(request),
        onNotForgotten: () => (world.notForgotten += 1),
      },
      acts,
    );
  return { world, run, orders: () => entries.map(({ orders }) => orders) };
};

describe('what the law demands', () => {
  it('takes a customer’s order ids, waiting commands and ready answers, and nobody else’s', async () => {
    const { world, run, orders } = createRig();
    await run(act('customer.redact'));
    expect(orders()).toEqual([false, true, false]);
    expect([world.waiting, world.forgotten, world.removed]).toEqual([[bob], ['event-0', 'event-2'], []]);
    expect(world.carriedOut).toEqual(['customer.redact']);
  });

  it('takes those of all a shop’s customers, and what was settled with the shop by then', async () => {
    const { world, run, orders } = createRig();
    await run(act('shop.redact', nilUuid));
    expect(orders()).toEqual([false, false, false]);
    expect([world.waiting, world.removed]).toEqual([[], [[merchantId, 1_000]]]);
  });

  it('changes nothing where somebody only wants to be told', async () => {
    const { world, run, orders } = createRig();
    await run(act('customer.data_request'));
    expect([orders(), world.waiting, world.forgotten]).toEqual([[true, true, true], [ann, bob], []]);
    expect(world.carriedOut).toEqual(['customer.data_request']);
  });

  it('is logged by ids of ours, each request once', async () => {
    const { world, run } = createRig();
    const demand = act('customer.redact');
    await run(demand);
    expect(world.logged).toEqual([
      [
        'info',
        {
          ...{ merchant_id: merchantId, customer_id: ann, event_id: demand.event_id, event_type: 'customer.redact' },
          ...{ correlation_id: 'correlation-1', redacted_entries: 2 },
        },
      ],
    ]);
  });

  it('does not wait for a Redis that is away, since that forgets by itself', async () => {
    const { world, run, orders } = createRig();
    world.redisAway = true;
    await run(act('customer.redact'));
    expect([orders(), world.notForgotten]).toEqual([[false, true, false], 2]);
    expect(world.logged.map(([level]) => level)).toEqual(['warn', 'warn', 'info']);
  });

  it.each([0, 1, 2, 3, 4, 5, 6])('is done in full when it is called again after %i calls on MongoDB', async (calls) => {
    const { world, run, orders } = createRig();
    world.callsLeft = calls;
    await expect(run(act('shop.redact', nilUuid))).rejects.toThrow('MongoDB is not available');
    expect(world.carriedOut).toEqual([]);
    world.callsLeft = Number.POSITIVE_INFINITY;
    await run(act('shop.redact', nilUuid));
    expect([orders(), world.waiting, world.carriedOut]).toEqual([[false, false, false], [], ['shop.redact']]);
  });
});
