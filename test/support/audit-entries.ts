import { randomUUID } from 'node:crypto';
import { type AuditEntry, plainAudit } from '../../src/contracts/index.ts';

/** An earn entry that every store takes; ids are new in every call. */
export const auditEntry = (changes: Partial<AuditEntry> = {}): AuditEntry => ({
  event_id: randomUUID(),
  event_type: 'points.earned',
  customer_id: randomUUID(),
  merchant_id: randomUUID(),
  points: 129,
  type: 'earn',
  sequence: 1,
  balance_after: 129,
  locale: 'en',
  description: 'You earned 129 points',
  rule: '1 point per 100 minor units',
  order_id: '820982911946154508',
  amount_minor: 12_999,
  delivery_id: randomUUID(),
  retention_days: 180,
  ...plainAudit,
  schema_version: '1.0.0',
  created_at: Date.UTC(2026, 0, 31, 12, 30, 15, 250),
  correlation_id: 'correlation-1',
  ...changes,
});

/** Entries of one customer in order, ten points each. */
export const auditEntries = (count: number, changes: Partial<AuditEntry> = {}): readonly AuditEntry[] => {
  const [merchant_id, customer_id] = [randomUUID(), randomUUID()];
  return Array.from({ length: count }, (_, index) =>
    auditEntry({
      merchant_id,
      customer_id,
      points: 10,
      sequence: index + 1,
      balance_after: 10 * (index + 1),
      description: 'You earned 10 points',
      ...changes,
    }),
  );
};
