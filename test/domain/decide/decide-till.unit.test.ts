import { describe, expect, it } from 'vitest';
import { type Command, refusePosTransaction } from '../../../src/domain/index.ts';
import { at, common, entry, Story } from './rig.ts';

type Till = Extract<Command, { kind: 'PosTransaction' }>;

const till = (changes: Partial<Till> = {}): Till => ({
  ...{ kind: 'PosTransaction', ...common, type: 'earn', points: 30, idempotencyToken: 'token-1' },
  ...{ orderId: null, amountMinor: null, currency: null },
  ...changes,
});

describe('a till’s sale', () => {
  it('gives the points that the till named', () => {
    expect(new Story(5).tell(till()).entries).toStrictEqual([
      entry({
        ...{
          eventType: 'pos.transaction',
          points: 30,
          sequence: 2,
          balanceAfter: 35,
          rule: 'points named by the till',
        },
        ...{ orderId: null, amountMinor: null, idempotencyToken: 'token-1' },
      }),
    ]);
  });

  it('that names an amount only gives what the rule says', () => {
    expect(new Story().tell(till({ points: 0, amountMinor: 4_250, currency: 'USD' })).entries).toMatchObject([
      { points: 42, rule: '1 point per 100 minor units', amountMinor: 4_250 },
    ]);
  });

  it('of an order pays once, whichever message comes first', () => {
    const order: Command = {
      ...{ kind: 'OrderCreated', ...common, orderId: '77', amountMinor: 3_000, currency: 'USD' },
    };
    const first = new Story();
    expect(first.entries(till({ orderId: '77' }))).toEqual(['pos.transaction +30 → 30']);
    expect(first.entries(order)).toEqual([]);
    const second = new Story();
    expect(second.entries(order)).toEqual(['order.created +30 → 30']);
    expect(second.entries(till({ orderId: '77' }))).toEqual([]);
  });

  it('of an order is taken back in proportion where the till named points and amount', () => {
    const story = new Story();
    story.tell(till({ orderId: '77', points: 31, amountMinor: 9_000, currency: 'USD' }));
    expect(
      story.entries({
        ...{ kind: 'OrderRefunded', ...common, eventId: 'r', orderId: '77', amountMinor: 3_000, currency: 'USD' },
      }),
    ).toEqual(['order.refunded -11 → 20']);
  });

  it('of an order without an amount is taken back by today’s rule, at most what it gave', () => {
    const story = new Story();
    story.tell(till({ orderId: '77', points: 31 }));
    const refund = (id: string): Command => ({
      ...{ kind: 'OrderRefunded', ...common, eventId: id, orderId: '77', amountMinor: 2_000, currency: 'USD' },
    });
    expect(story.entries(refund('a'))).toEqual(['order.refunded -20 → 11']);
    expect(story.entries(refund('b'))).toEqual(['order.refunded -11 → 0']);
  });

  it.each([
    ['neither points nor an amount', { points: 0, currency: 'USD' }, 'AMOUNT_INVALID'],
    ['another currency', { points: 0, amountMinor: 100, currency: 'EUR' }, 'CURRENCY_MISMATCH'],
    ['another currency beside points', { amountMinor: 100, currency: 'EUR' }, 'CURRENCY_MISMATCH'],
    ['an amount without currency', { points: 0, amountMinor: 100 }, 'CURRENCY_MISMATCH'],
  ] as const)('with %s is rejected', (_what, changes, code) => {
    expect(() => new Story().tell(till(changes))).toThrow(expect.objectContaining({ code }));
  });
});

describe('a till’s spend', () => {
  const spend = till({ type: 'spend', points: 40 });

  it('that is covered takes the points', () => {
    expect(new Story(40).entries(spend)).toEqual(['pos.transaction -40 → 0']);
  });

  it('that is not covered is refused and reported, and known for ever by an entry of no points', () => {
    const story = new Story(39);
    const { entries, refusals } = story.tell(spend);
    expect(entries).toMatchObject([{ type: 'spend', points: 0, balanceAfter: 39, reason: 'INSUFFICIENT_POINTS' }]);
    expect(refusals).toStrictEqual([
      {
        ...{ ...common, eventType: 'pos.transaction', type: 'spend', points: 40, reason: 'INSUFFICIENT_POINTS' },
        ...{ idempotencyToken: 'token-1', redemptionId: null, taskId: null, orderId: null },
      },
    ]);
  });

  it('that is not covered makes a debt where the merchant allows it', () => {
    const story = new Story(39, { overdraft: { tillSpends: 'debt', clawBacks: 'forgive' } });
    expect(story.entries(spend)).toEqual(['pos.transaction -40 → -1']);
  });
});

describe('a refused item of a till', () => {
  const state = { account: { balance: 7, sequence: 3 }, now: at };

  it('makes an entry of no points', () => {
    expect(refusePosTransaction(state, till(), 'UNKNOWN_CUSTOMER').entries).toMatchObject([
      { type: 'earn', points: 0, sequence: 4, balanceAfter: 7, reason: 'UNKNOWN_CUSTOMER' },
    ]);
  });

  it('makes none where it names its order, which the shop’s own message may still pay', () => {
    const refused = refusePosTransaction(state, till({ orderId: '77' }), 'CURRENCY_MISMATCH');
    expect(refused.entries).toEqual([]);
    expect(refused.refusals).toMatchObject([{ reason: 'CURRENCY_MISMATCH', orderId: '77' }]);
  });
});
