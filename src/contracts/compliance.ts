import type { AuditEntry } from './generated/avro.ts';

/** What Shopify passes on by law, as `event_type` of its act in the audit log names it. */
export const complianceActs = ['customer.data_request', 'customer.redact', 'shop.redact'] as const;

export type ComplianceActName = (typeof complianceActs)[number];

/** The record that such a request was made: what is to be carried out, and the proof that it was asked for. */
export type ComplianceAct = AuditEntry & { readonly kind: 'action'; readonly event_type: ComplianceActName };

export const isComplianceAct = (audit: AuditEntry): audit is ComplianceAct =>
  audit.kind === 'action' && complianceActs.some((name) => name === audit.event_type);
