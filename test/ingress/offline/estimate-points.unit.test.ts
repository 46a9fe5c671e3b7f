import { describe, expect, test } from 'vitest';
import type { IngestCommand } from '../../../src/contracts/index.ts';
import { estimatePoints } from '../../../src/ingress/offline/estimate-points.ts';
import { orderCommand } from './queued-commands.ts';
import { usdMerchant } from '../webhooks/rig.ts';

const terms = { ...usdMerchant, tierBonuses: new Map([['gold', 500]]) };
const estimate = (command: IngestCommand['command'], amountMinor?: number) =>
  estimatePoints(
    orderCommand(usdMerchant.merchantId, { command }),
    terms,
    amountMinor === undefined ? {} : { amountMinor },
  );

const order = (amount_minor: number): IngestCommand['command'] => ({
  'points.OrderCreated': { order_id: '1', amount_minor, currency: 'USD', financial_status: null, source_name: null },
});
const item = (changes: {
  type: 'earn' | 'spend';
  points: number;
  amount_minor?: number;
}): IngestCommand['command'] => ({
  'points.PosTransaction': {
    ...{ idempotency_token: 't', order_id: null, currency: 'USD', amount_minor: null },
    ...changes,
  },
});
const cancelled: IngestCommand['command'] = { 'points.OrderCancelled': { order_id: '1' } };

describe('about what a command does to the balance', () => {
  test.each<[string, IngestCommand['command'], number | undefined, ReturnType<typeof estimatePoints>]>([
    ['an order earns by the rule of now', order(12_999), undefined, { points: 129, type: 'earn' }],
    ['a cancellation takes back what its order would earn', cancelled, 2_550, { points: -25, type: 'spend' }],
    [
      'a refund takes back what its amount would earn',
      { 'points.OrderRefunded': { order_id: '1', refund_id: '2', amount_minor: 700, currency: 'USD' } },
      undefined,
      { points: -7, type: 'spend' },
    ],
    ['a till’s sale earns what it says', item({ type: 'earn', points: 12 }), undefined, { points: 12, type: 'earn' }],
    [
      'a till’s sale that leaves it to the rule earns by its amount',
      item({ type: 'earn', points: 0, amount_minor: 800 }),
      undefined,
      { points: 8, type: 'earn' },
    ],
    ['a till’s spend', item({ type: 'spend', points: 12 }), undefined, { points: -12, type: 'spend' }],
    [
      'a redemption',
      { 'points.RedemptionRequested': { reward_id: 'r', idempotency_token: 't', points: 40 } },
      undefined,
      { points: -40, type: 'spend' },
    ],
    [
      'a tier gives its bonus',
      { 'points.TierAssigned': { tier_id: 'gold' } },
      undefined,
      { points: 500, type: 'earn' },
    ],
  ])('%s', (_what, command, amountMinor, expected) => {
    expect(estimate(command, amountMinor)).toEqual(expected);
  });

  test.each<[string, IngestCommand['command']]>([
    ['an order too small for a point', order(99)],
    ['an amount that no rule takes', order(-5)],
    ['an amount that earns more than can be counted', order(1.5)],
    ['a cancellation of an order that is not known', cancelled],
    ['a sale without points or amount', item({ type: 'earn', points: 0 })],
    ['a tier that the merchant does not have', { 'points.TierAssigned': { tier_id: 'tin' } }],
    ['what the law demands', { 'points.ComplianceRequested': { request: 'shop_redact', order_ids: [] } }],
    [
      'what became of a redemption',
      { 'points.RedemptionSettled': { outcome: 'failed', idempotency_token: 't', task_id: null } },
    ],
  ])('nothing can be said of %s', (_what, command) => {
    expect(estimate(command)).toBeUndefined();
  });
});
