import type { AuditEntry } from './generated/avro.ts';

/** What an audit record says only where it concerns it, as a plain ledger entry has it. */
export const plainAudit = {
  kind: 'ledger',
  status: null,
  reason: null,
  redemption_id: null,
  reward_id: null,
  idempotency_token: null,
  task_id: null,
  actor: null,
  detail: null,
} as const satisfies Partial<AuditEntry>;

/** Stands where a record must name a customer or a merchant and none is concerned, or none is known. */
export const nilUuid = '00000000-0000-0000-0000-000000000000';
