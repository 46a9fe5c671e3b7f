import {
  type AuditEntry,
  type IngestCommand,
  type PointsBalance,
  type PointsEarned,
  plainAudit,
  schemaVersion,
} from '../../src/contracts/index.ts';
import {
  type Command,
  type Entry,
  type MerchantSettings,
  type Messages,
  RejectedCommandError,
} from '../../src/domain/index.ts';
import type { ConsumedRecord } from '../../src/streams/index.ts';

export const eventKey = (event: { readonly merchant_id: string; readonly event_id: string }): string =>
  `${event.merchant_id}:${event.event_id}`;

export const accountKey = (owner: { readonly merchant_id: string; readonly customer_id: string }): string =>
  `${owner.merchant_id}:${owner.customer_id}`;

/** Which record it was, as a mark of the dedupe store keeps it. */
export const sourceName = ({
  topic,
  partition,
  offset,
}: Pick<ConsumedRecord, 'topic' | 'partition' | 'offset'>): string => `${topic}/${String(partition)}/${String(offset)}`;

/** Whether a shop's webhook brought it: orders come that way, however often. Each kind of command has its line. */
export const isFromWebhook = ({ command }: IngestCommand): boolean => 'points.OrderCreated' in command;

/** The domain's command of an ingested record. Each branch of the union has its line. */
export function commandOf({ event_id, customer_id, occurred_at, locale, command }: IngestCommand): Command {
  const common = { eventId: event_id, customerId: customer_id, occurredAt: occurred_at, locale };
  const order = command['points.OrderCreated'];
  if (order === undefined) throw new RejectedCommandError('COMMAND_UNKNOWN', 'There is no rule for this command');
  return {
    ...common,
    kind: 'OrderCreated',
    orderId: order.order_id,
    amountMinor: order.amount_minor,
    currency: order.currency,
  };
}

/** The audit record of an entry: everything about it, described in the customer's language. */
export function auditEntryOf(
  entry: Entry,
  ingested: IngestCommand,
  merchant: MerchantSettings,
  messages: Messages,
): AuditEntry {
  const { points } = entry;
  const description = messages.render('points.earned', entry.locale, merchant.defaultLocale, { points });
  return {
    event_id: entry.eventId,
    event_type: entry.eventType,
    customer_id: entry.customerId,
    merchant_id: ingested.merchant_id,
    points,
    type: entry.type,
    sequence: entry.sequence,
    balance_after: entry.balanceAfter,
    locale: description.locale,
    description: description.text,
    rule: entry.rule,
    order_id: entry.orderId,
    amount_minor: entry.amountMinor,
    delivery_id: ingested.delivery_id,
    retention_days: merchant.retentionDays,
    ...plainAudit,
    schema_version: schemaVersion,
    created_at: entry.occurredAt,
    correlation_id: ingested.correlation_id,
  };
}

/** What downstream analytics are told; nothing for entries that give no points by their type. */
export function pointsEarnedOf(audit: AuditEntry): readonly PointsEarned[] {
  switch (audit.type) {
    case 'earn':
    case 'bonus':
      return [
        {
          event_id: audit.event_id,
          customer_id: audit.customer_id,
          merchant_id: audit.merchant_id,
          points: audit.points,
          type: audit.type,
          locale: audit.locale,
          description: audit.description,
          schema_version: audit.schema_version,
          created_at: audit.created_at,
          correlation_id: audit.correlation_id,
        },
      ];
    case 'spend':
    case 'expire':
      return [];
  }
}

export const pointsBalanceOf = (audit: AuditEntry): PointsBalance => ({
  merchant_id: audit.merchant_id,
  customer_id: audit.customer_id,
  balance: audit.balance_after,
  sequence: audit.sequence,
  schema_version: audit.schema_version,
  updated_at: audit.created_at,
  correlation_id: audit.correlation_id,
});
