import type { AuditEntry } from './generated/avro.ts';

/** What became of a request that its caller may be waiting for: the decision, and for a redemption its later steps. */
export interface Outcome {
  readonly event_id: string;
  readonly merchant_id: string;
  readonly customer_id: string;
  readonly kind: 'ledger' | 'redemption' | 'refusal';
  /** Direction of the points asked for. */
  readonly type: AuditEntry['type'];
  /** Points moved, or asked for where they were refused. */
  readonly points: number;
  /** Of a redemption. */
  readonly status: 'pending' | 'completed' | 'failed' | null;
  /** Stable code: why it was refused or failed. */
  readonly reason: string | null;
  readonly reward_id: string | null;
  readonly task_id: string | null;
  readonly balance_after: number;
  readonly correlation_id: string;
}

/** The key in Redis an outcome is kept under for a day, and the channel on which it is told. */
export const outcomeKey = (merchantId: string, eventId: string): string => `outcome:${merchantId}:${eventId}`;

/** What callers are told of an audit record. */
export const outcomeOf = (audit: AuditEntry & { readonly kind: Outcome['kind'] }): Outcome => ({
  // A redemption is asked for by its own id, whichever of its steps this is.
  event_id: audit.kind === 'redemption' ? (audit.redemption_id ?? audit.event_id) : audit.event_id,
  merchant_id: audit.merchant_id,
  customer_id: audit.customer_id,
  kind: audit.kind,
  type: audit.type,
  points: audit.points,
  status: audit.status,
  reason: audit.reason,
  reward_id: audit.reward_id,
  task_id: audit.task_id,
  balance_after: audit.balance_after,
  correlation_id: audit.correlation_id,
});
