import type { Document, UUID } from 'mongodb';
import type { AuditEntry } from '../../../contracts/index.ts';
import { integerOf, uuidOf } from '../bson.ts';

/** A ledger entry as the two collections hold it. */
export interface LedgerDocuments {
  readonly transaction: Document & {
    readonly merchant_id: UUID;
    readonly customer_id: UUID;
    readonly event_id: UUID;
    readonly sequence: unknown;
  };
  readonly processedEvent: Document;
}

const uuidFields = ['merchant_id', 'customer_id', 'event_id'] as const;

/**
 * The documents of an entry, or why it cannot have any.
 *
 * Everything in the transaction is a function of the entry, `created_at` included, so that a repeat writes the same.
 * The processed event is dated by the moment of writing: its time to live counts from there, and dated by the event one
 * that is replayed after a day would be gone at once. A repeat is refused as a duplicate and so does not change the date.
 */
export const ledgerDocuments = (
  entry: AuditEntry,
  writtenAt: number,
): LedgerDocuments | { readonly reason: string } => {
  const [merchantId, customerId, eventId] = uuidFields.map((name) => uuidOf(entry[name]));
  if (merchantId === undefined || customerId === undefined || eventId === undefined) {
    const wrong = uuidFields.filter((name) => uuidOf(entry[name]) === undefined);
    return { reason: `Document is refused: ${wrong.map((name) => `${name} is not a UUID`).join('; ')}` };
  }
  const redemptionId = entry.redemption_id === null ? undefined : uuidOf(entry.redemption_id);
  if (entry.redemption_id !== null && redemptionId === undefined) {
    return { reason: 'Document is refused: redemption_id is not a UUID' };
  }
  const createdAt = new Date(entry.created_at);
  if (Number.isNaN(createdAt.getTime())) return { reason: 'Document is refused: created_at is not a date' };
  const common = {
    event_id: eventId,
    merchant_id: merchantId,
    event_type: entry.event_type,
    schema_version: entry.schema_version,
    correlation_id: entry.correlation_id,
  };
  return {
    transaction: {
      ...common,
      customer_id: customerId,
      points: integerOf(entry.points),
      type: entry.type,
      locale: entry.locale,
      description: entry.description,
      created_at: createdAt,
      sequence: integerOf(entry.sequence),
      balance_after: integerOf(entry.balance_after),
      rule: entry.rule,
      order_id: entry.order_id,
      amount_minor: entry.amount_minor === null ? null : integerOf(entry.amount_minor),
      ...(redemptionId === undefined ? {} : { redemption_id: redemptionId }),
    },
    processedEvent: { ...common, created_at: new Date(writtenAt) },
  };
};
