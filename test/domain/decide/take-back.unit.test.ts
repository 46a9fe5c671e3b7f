import { describe, expect, it } from 'vitest';
import type { Command } from '../../../src/domain/index.ts';
import { common, customer, entry, Story } from './rig.ts';

const nobody = '00000000-0000-0000-0000-000000000000';

const order = (amountMinor = 10_000): Command => ({
  ...{ kind: 'OrderCreated', ...common, orderId: '77', amountMinor, currency: 'USD' },
});

const cancelled = (): Command => ({
  ...{ kind: 'OrderCancelled', ...common, eventId: 'cancel', orderId: '77', correlationId: 'corr-cancel' },
});

const refunded = (id: string, amountMinor: number, currency = 'USD'): Command => ({
  ...{ kind: 'OrderRefunded', ...common, eventId: id, customerId: nobody, orderId: '77', amountMinor, currency },
  correlationId: `corr-${id}`,
});

const spent = (points: number): Command => ({
  ...{ kind: 'PosTransaction', ...common, eventId: 'spend', type: 'spend', points, idempotencyToken: 't' },
  ...{ orderId: null, amountMinor: null, currency: null },
});

describe('a cancelled order', () => {
  it('gives back what it gave', () => {
    const story = new Story();
    story.tell(order());
    expect(story.tell(cancelled()).entries).toStrictEqual([
      entry({
        ...{
          eventId: 'cancel',
          eventType: 'order.cancelled',
          type: 'spend',
          points: 100,
          sequence: 2,
          balanceAfter: 0,
        },
        ...{ orderId: '77', amountMinor: 10_000, correlationId: 'corr-cancel' },
      }),
    ]);
  });

  it('gives it back once, however often it is told', () => {
    const story = new Story();
    story.tell(order());
    story.tell(cancelled());
    expect(story.entries(cancelled())).toEqual([]);
  });

  it('that comes before its order waits for it, and both are entered, each under its own correlation id', () => {
    const story = new Story();
    expect(story.entries(cancelled())).toEqual([]);
    const { entries } = story.tell(order());
    expect(
      entries.map(({ eventType, points, balanceAfter, correlationId }) => [
        eventType,
        points,
        balanceAfter,
        correlationId,
      ]),
    ).toEqual([
      ['order.created', 100, 100, 'corr-1'],
      ['order.cancelled', 100, 0, 'corr-cancel'],
    ]);
  });

  it('after refunds gives back the rest', () => {
    const story = new Story();
    story.tell(order());
    story.tell(refunded('r1', 3_000));
    expect(story.entries(cancelled())).toEqual(['order.cancelled -70 → 0']);
  });
});

describe('a refund', () => {
  it('takes back what its part earned, from the customer of the order', () => {
    const story = new Story();
    story.tell(order());
    const [taken] = story.tell(refunded('r1', 2_550)).entries;
    // 74.50 is left, which earns 74.
    expect(taken).toMatchObject({
      customerId: customer,
      type: 'spend',
      points: 26,
      balanceAfter: 74,
      amountMinor: 2_550,
    });
  });

  it('by many small parts takes back as much as at once', () => {
    const story = new Story();
    story.tell(order(10_050));
    for (let part = 0; part < 67; part += 1) story.tell(refunded(`r${String(part)}`, 150));
    expect(story.balance).toBe(0);
  });

  it('of more than the order never takes more than it gave', () => {
    const story = new Story(1_000);
    story.tell(order());
    expect(story.entries(refunded('r1', 50_000))).toEqual(['order.refunded -100 → 1000']);
    expect(story.entries(refunded('r2', 50_000))).toEqual(['order.refunded -0 → 1000']);
  });

  it('that comes before its order waits for it, once, and comes before its cancellation', () => {
    const story = new Story();
    story.tell(cancelled());
    story.tell(refunded('r1', 4_000));
    story.tell(refunded('r1', 4_000));
    expect(story.entries(order())).toEqual([
      'order.created +100 → 100',
      'order.refunded -40 → 60',
      'order.cancelled -60 → 0',
    ]);
  });

  it('goes by the rule the order was earned by, not by today’s', () => {
    const story = new Story();
    story.tell(order());
    story.settles({ earningRule: { points: 7, perMinorUnits: 100 } });
    expect(story.entries(refunded('r1', 5_000))).toEqual(['order.refunded -50 → 50']);
  });

  it('in another currency is rejected', () => {
    expect(() => new Story().tell(refunded('r1', 100, 'EUR'))).toThrow(
      expect.objectContaining({ code: 'CURRENCY_MISMATCH' }),
    );
  });
});

describe('points that are gone when they are taken back', () => {
  it('are forgiven by default, and a later refund does not ask for them again', () => {
    const story = new Story();
    story.tell(order());
    story.tell(spent(90));
    const [first] = story.tell(refunded('r1', 5_000)).entries;
    expect(first).toMatchObject({ points: 10, balanceAfter: 0, detail: '40 more points forgiven' });
    story.tell({ kind: 'TierAssigned', ...common, tierId: 'gold' });
    expect(story.entries(refunded('r2', 1_000))).toEqual(['order.refunded -10 → 490']);
  });

  it('are owed where the merchant says so', () => {
    const story = new Story(0, { overdraft: { tillSpends: 'refuse', clawBacks: 'debt' } });
    story.tell(order());
    story.tell(spent(90));
    expect(story.entries(cancelled())).toEqual(['order.cancelled -100 → -90']);
  });

  it('of an account in debt already take nothing more where they are forgiven', () => {
    const story = new Story(0, { overdraft: { tillSpends: 'debt', clawBacks: 'forgive' } });
    story.tell(order());
    story.tell(spent(150));
    expect(story.balance).toBe(-50);
    expect(story.entries(cancelled())).toEqual(['order.cancelled -0 → -50']);
  });
});
