import type { AuditEntry } from './generated/avro.ts';

/** What an audit record says only where it concerns it; as a plain ledger entry has it. */
export type AuditExtras = Pick<
  AuditEntry,
  'kind' | 'status' | 'reason' | 'redemption_id' | 'reward_id' | 'idempotency_token' | 'task_id' | 'actor' | 'detail'
>;

/** The extras of an entry that has none. */
export const plainAudit: AuditExtras = {
  kind: 'ledger',
  status: null,
  reason: null,
  redemption_id: null,
  reward_id: null,
  idempotency_token: null,
  task_id: null,
  actor: null,
  detail: null,
};

/** Stands where no customer, or no one merchant, is concerned: RFC 9562's nil UUID. */
export const nilUuid = '00000000-0000-0000-0000-000000000000';
