import { describe, expect, it } from 'vitest';
import { DependencyUnavailableError } from '../../src/common/errors.ts';
import { atTill, redemption, refunded, tiered, tokenOf } from './points-commands.ts';
import { ann, ben, ordered, pointsRig, usd } from './points-rig.ts';

const campaign = 'a0000000-0000-4000-8000-000000000001';
const unknown = { status: 'unknown' } as const;
const away = {
  status: 'error',
  error: new DependencyUnavailableError('Core'),
} as const;

describe('a customer whom Core does not know', () => {
  it('earns nothing: the order and the tier are dead letters, not seen, and neighbours go on', async () => {
    const { commands, audit, deadLetters, seen, world } = pointsRig();
    world.customers.set(ann, unknown);
    await commands(
      ordered({ order: '1' }),
      ordered({ order: '2', customer: ben }),
      tiered({ tier: 'gold', event: campaign }),
    );
    expect(
      deadLetters().map(({ headers }) => [headers['__streams.errors.code'], headers['__streams.errors.retryable']]),
    ).toEqual([
      ['UNKNOWN_CUSTOMER', 'false'],
      ['UNKNOWN_CUSTOMER', 'false'],
    ]);
    expect(audit().map(({ customer_id }) => customer_id)).toEqual([ben]);
    expect(await seen('1')).toBeUndefined();
    world.customers.clear();
    await commands(ordered({ order: '1' }));
    expect(audit()).toMatchObject([{ order_id: '1', points: 100 }]);
  });

  it('is refused at the till, which waits for an answer', async () => {
    const { commands, audit, deadLetters, world } = pointsRig();
    world.customers.set(ann, unknown);
    await commands(atTill({ type: 'earn', points: 5, token: tokenOf(1) }));
    expect(audit()).toMatchObject([
      { kind: 'ledger', points: 0, reason: 'UNKNOWN_CUSTOMER' },
      { kind: 'refusal', points: 5, reason: 'UNKNOWN_CUSTOMER' },
    ]);
    expect(deadLetters()).toEqual([]);
  });
});

describe('while Core is away', () => {
  it('what would give points is a dead letter that may be sent again; what was given is spent and taken back', async () => {
    const { orders, commands, audit, deadLetters, world } = pointsRig();
    await orders({ order: '1' });
    world.customers.set(ann, away);
    await commands(
      ordered({ order: '2' }),
      refunded({ order: '1', amountMinor: 1_000 }),
      redemption({ points: 10, token: tokenOf(1) }),
      atTill({ type: 'spend', points: 10, token: tokenOf(2) }),
    );
    expect(deadLetters().map(({ headers }) => headers['__streams.errors.retryable'])).toEqual(['true']);
    expect(audit().map(({ kind, event_type, points }) => `${kind} ${event_type} ${String(points)}`)).toEqual([
      'ledger order.created 100',
      'ledger order.refunded 10',
      'ledger reward.redemption 10',
      'redemption reward.redemption 10',
      'ledger pos.transaction 10',
    ]);
  });

  it('the batch is tried again as a whole, and nothing of it is committed until Core answers', async () => {
    const { orders, audit, world } = pointsRig({ onRetryable: 'keep-trying' });
    world.customers.set(ann, away);
    await expect(orders({ order: '1' })).rejects.toThrow('Core is not available');
    world.customers.clear();
    await orders({ order: '1' });
    expect(audit()).toHaveLength(1);
  });
});

describe('Core is not asked', () => {
  it('about customers of a merchant that has switched it off, nor about spends that cannot become a debt', async () => {
    const { orders, commands, world } = pointsRig();
    await commands(atTill({ type: 'spend', points: 1, token: tokenOf(1), customer: ben }));
    expect(world.coreAsked).toEqual([]);
    const settings = world.merchants.get(usd)!;
    world.merchants.set(usd, { ...settings, overdraft: { ...settings.overdraft, tillSpends: 'debt' } });
    await commands(atTill({ type: 'spend', points: 1, token: tokenOf(2), customer: ben }));
    expect(world.coreAsked).toEqual([ben]);
    world.merchants.set(usd, { ...settings, customerValidation: 'off' });
    await orders({ order: '1' });
    expect(world.coreAsked).toEqual([ben]);
  });
});
