import { describe, expect, it } from 'vitest';
import { type AuditEntry, nilUuid, outcomeKey, outcomeOf, plainAudit } from '../../src/contracts/index.ts';

const pending: AuditEntry & { kind: 'redemption' } = {
  event_id: '11111111-1111-4111-8111-111111111111',
  event_type: 'reward.redemption',
  customer_id: '22222222-2222-4222-8222-222222222222',
  merchant_id: '33333333-3333-4333-8333-333333333333',
  points: 40,
  type: 'spend',
  sequence: 3,
  balance_after: 60,
  locale: 'en',
  description: 'You spent 40 points',
  rule: 'redemption',
  order_id: null,
  amount_minor: null,
  delivery_id: null,
  retention_days: 180,
  ...plainAudit,
  kind: 'redemption',
  status: 'pending',
  redemption_id: '11111111-1111-4111-8111-111111111111',
  reward_id: '44444444-4444-4444-8444-444444444444',
  schema_version: '1.0.0',
  created_at: 1,
  correlation_id: 'corr',
};

describe('what a caller is told', () => {
  it('is the decision, without what is not the caller’s business', () => {
    expect(outcomeOf(pending)).toEqual({
      event_id: '11111111-1111-4111-8111-111111111111',
      merchant_id: '33333333-3333-4333-8333-333333333333',
      customer_id: '22222222-2222-4222-8222-222222222222',
      kind: 'redemption',
      type: 'spend',
      points: 40,
      status: 'pending',
      reason: null,
      reward_id: '44444444-4444-4444-8444-444444444444',
      task_id: null,
      balance_after: 60,
      correlation_id: 'corr',
    });
  });

  it('is kept under the redemption’s id, whichever step it was', () => {
    const settled = { ...pending, event_id: nilUuid, status: 'completed' } as const;
    expect(outcomeOf(settled).event_id).toBe('11111111-1111-4111-8111-111111111111');
  });

  it('is kept apart for each merchant', () => {
    expect(outcomeKey('m', 'e')).toBe('outcome:m:e');
  });
});
