import type { Document, Long, UUID } from 'mongodb';
import type { AuditEntry } from '../../../contracts/index.ts';
import type { RedemptionStatus } from '../../../sinks/ports.ts';
import { integerOf, uuidOf } from '../bson.ts';

/** What makes a redemption this one; nothing of it ever changes. */
export interface RedemptionIdentity {
  readonly merchant_id: UUID;
  readonly idempotency_token: UUID;
  readonly customer_id: UUID;
  readonly reward_id: UUID;
  readonly points: number | Long;
}

/** A step as the collection holds it. */
export interface RedemptionStep {
  readonly status: RedemptionStatus;
  readonly identity: RedemptionIdentity;
  /** What the document begins with, where this is the first step of it that comes. */
  readonly begun: Document;
  /** What a step that ends the redemption changes. */
  readonly settlement: Document;
}

const uuidFields = ['merchant_id', 'customer_id', 'reward_id', 'idempotency_token'] as const;
const nullableUuidFields = ['redemption_id', 'task_id'] as const;

const faultsOf = (entry: AuditEntry): readonly string[] => [
  ...uuidFields.filter((name) => uuidOf(entry[name] ?? '') === undefined).map((name) => `${name} is not a UUID`),
  ...nullableUuidFields
    .filter((name) => entry[name] !== null && uuidOf(entry[name]) === undefined)
    .map((name) => `${name} is not a UUID`),
  ...(entry.status === null ? ['status is missing'] : []),
  ...(Number.isNaN(new Date(entry.created_at).getTime()) ? ['created_at is not a date'] : []),
];

const whereKnown = (fields: Readonly<Record<string, unknown>>): Document =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null));

/**
 * A step of a redemption as the collection holds it, or why it cannot. All of it is a function of the step, dates
 * included, so that a repeat writes the same.
 */
export const redemptionStep = (entry: AuditEntry): RedemptionStep | { readonly reason: string } => {
  const faults = faultsOf(entry);
  const [merchant_id, customer_id, reward_id, idempotency_token] = uuidFields.map((name) => uuidOf(entry[name] ?? ''));
  const { status } = entry;
  if (!merchant_id || !customer_id || !reward_id || !idempotency_token || status === null || faults.length > 0) {
    return { reason: `Document is refused: ${faults.join('; ')}` };
  }
  const happenedAt = new Date(entry.created_at);
  const [redemption_id, task_id] = nullableUuidFields.map((name) => uuidOf(entry[name] ?? ''));
  return {
    status,
    identity: { merchant_id, idempotency_token, customer_id, reward_id, points: integerOf(entry.points) },
    begun: {
      locale: entry.locale === '' ? 'en' : entry.locale,
      schema_version: entry.schema_version,
      created_at: happenedAt,
      correlation_id: entry.correlation_id,
      ...whereKnown({ redemption_id }),
    },
    settlement: { status, settled_at: happenedAt, ...whereKnown({ task_id, reason: entry.reason }) },
  };
};
