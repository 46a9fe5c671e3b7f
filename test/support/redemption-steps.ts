import { randomUUID } from 'node:crypto';
import type { AuditEntry } from '../../src/contracts/index.ts';
import { tokenEventId } from '../../src/domain/index.ts';
import { auditEntry } from './audit-entries.ts';

/** The steps of one redemption, as the audit log tells them; ids are new in every call. */
export interface RedemptionSteps {
  readonly pending: AuditEntry;
  readonly completed: AuditEntry;
  readonly failed: AuditEntry;
}

export const requestedAt = Date.UTC(2026, 0, 31, 12);
export const settledAt = requestedAt + 90_000;

/** @param changes to every step */
export const redemptionSteps = (changes: Partial<AuditEntry> = {}): RedemptionSteps => {
  const merchantId = changes.merchant_id ?? randomUUID();
  const token = changes.idempotency_token ?? randomUUID();
  const id = tokenEventId(merchantId, token);
  const step: AuditEntry = {
    ...auditEntry({ event_type: 'reward.redemption', type: 'spend', points: 500, balance_after: 1_500 }),
    ...{ kind: 'redemption', merchant_id: merchantId, redemption_id: id, event_id: id, order_id: null },
    ...{ idempotency_token: token, reward_id: randomUUID(), amount_minor: null, delivery_id: null },
    ...{ description: 'You spent 500 points', locale: 'he', created_at: requestedAt },
    ...changes,
  };
  const answer = { event_id: randomUUID(), created_at: settledAt, balance_after: 2_000 };
  return {
    pending: { ...step, status: 'pending' },
    completed: { ...step, ...answer, status: 'completed', task_id: randomUUID() },
    failed: { ...step, ...answer, status: 'failed', task_id: randomUUID(), reason: 'TASK_FAILED' },
  };
};
