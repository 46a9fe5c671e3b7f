import {
  type AuditEntry,
  type ComplianceRequested,
  type IngestCommand,
  plainAudit,
  schemaVersion,
} from '../../src/contracts/index.ts';
import type {
  Account,
  Decision,
  Entry,
  EntryCause,
  MerchantSettings,
  MessageKey,
  Messages,
  Refusal,
  RedemptionStep,
} from '../../src/domain/index.ts';

/** What of a merchant a record of the audit log says. */
export type AuditTerms = Pick<MerchantSettings, 'merchantId' | 'defaultLocale' | 'retentionDays'>;

const messageOf: Readonly<Record<EntryCause, MessageKey | Readonly<Record<'earn' | 'spend', MessageKey>>>> = {
  'order.created': 'points.earned',
  'order.cancelled': 'points.taken_back',
  'order.refunded': 'points.taken_back',
  'pos.transaction': { earn: 'points.earned', spend: 'points.spent' },
  'vip_tier.assigned': 'points.bonus',
  'reward.redemption': 'points.spent',
  'redemption.returned': 'points.returned',
};

const messageKeyOf = ({ eventType, type }: Pick<Entry, 'eventType' | 'type'>): MessageKey => {
  const keys = messageOf[eventType];
  return typeof keys === 'string' ? keys : keys[type === 'earn' ? 'earn' : 'spend'];
};

/** Makes the audit records of one merchant: everything that was decided, described in the customer's language. */
export class AuditRecords {
  readonly #merchant: AuditTerms;
  readonly #messages: Messages;
  readonly #deliveryId: string | null;

  constructor(merchant: AuditTerms, messages: Messages, deliveryId: string | null) {
    this.#merchant = merchant;
    this.#messages = messages;
    this.#deliveryId = deliveryId;
  }

  /** @param after the account with all entries of the decision */
  of({ entries, steps = [], refusals = [] }: Decision, after: Account): readonly AuditEntry[] {
    const records = entries.map((entry) => this.#entry(entry));
    // Most decisions are an entry and nothing else.
    if (steps.length === 0 && refusals.length === 0) return records;
    return [
      ...records,
      ...steps.map((step) => this.#step(step, after)),
      ...refusals.map((refusal) => this.#refusal(refusal, after)),
    ];
  }

  /** What the law demands, as the act that it leads to. */
  act(
    { event_id, customer_id, correlation_id, occurred_at, locale }: IngestCommand,
    demand: ComplianceRequested,
    account: Account,
  ): AuditEntry {
    return {
      ...this.#envelope(locale, 'points.balance', Math.max(0, account.balance)),
      ...plainAudit,
      kind: 'action',
      event_id,
      event_type: actOf[demand.request],
      customer_id,
      ...{ points: 0, type: 'earn', sequence: account.sequence, balance_after: account.balance },
      rule: 'demanded by law',
      ...{ order_id: null, amount_minor: null },
      actor: 'shopify',
      detail: orderList(demand.order_ids),
      created_at: occurred_at,
      correlation_id,
    };
  }

  #entry(entry: Entry): AuditEntry {
    return {
      ...this.#envelope(entry.locale, messageKeyOf(entry), entry.points),
      ...plainAudit,
      event_id: entry.eventId,
      event_type: entry.eventType,
      customer_id: entry.customerId,
      points: entry.points,
      type: entry.type,
      sequence: entry.sequence,
      balance_after: entry.balanceAfter,
      rule: entry.rule,
      order_id: entry.orderId,
      amount_minor: entry.amountMinor,
      reason: entry.reason,
      redemption_id: entry.redemptionId,
      reward_id: entry.rewardId,
      idempotency_token: entry.idempotencyToken,
      detail: entry.detail,
      created_at: entry.occurredAt,
      correlation_id: entry.correlationId,
    };
  }

  #step(step: RedemptionStep, { sequence, balance }: Account): AuditEntry {
    const { redemption, status } = step;
    const isRefused = status === 'failed' && redemption.taskId === null && !isReturned(step);
    return {
      ...this.#envelope(redemption.locale, 'points.spent', isRefused ? 0 : redemption.points),
      ...plainAudit,
      kind: 'redemption',
      event_id: step.eventId,
      event_type: 'reward.redemption',
      customer_id: redemption.customerId,
      ...{ points: redemption.points, type: 'spend', sequence, balance_after: balance },
      rule: 'redemption',
      ...{ order_id: null, amount_minor: null },
      status,
      reason: step.reason,
      redemption_id: redemption.redemptionId,
      reward_id: redemption.rewardId,
      idempotency_token: redemption.idempotencyToken,
      task_id: redemption.taskId,
      created_at: step.occurredAt,
      correlation_id: step.correlationId,
    };
  }

  #refusal(refusal: Refusal, { sequence, balance }: Account): AuditEntry {
    return {
      ...this.#envelope(refusal.locale, refusal.type === 'earn' ? 'points.earned' : 'points.spent', 0),
      ...plainAudit,
      kind: 'refusal',
      event_id: refusal.eventId,
      event_type: refusal.eventType,
      customer_id: refusal.customerId,
      ...{ points: refusal.points, type: refusal.type, sequence, balance_after: balance },
      rule: 'refused',
      ...{ order_id: refusal.orderId, amount_minor: null },
      reason: refusal.reason,
      redemption_id: refusal.redemptionId,
      idempotency_token: refusal.idempotencyToken,
      task_id: refusal.taskId,
      created_at: refusal.occurredAt,
      correlation_id: refusal.correlationId,
    };
  }

  #envelope(locale: string, key: MessageKey, points: number) {
    const { merchantId, defaultLocale, retentionDays } = this.#merchant;
    const description = this.#messages.render(key, locale, defaultLocale, { points });
    return {
      merchant_id: merchantId,
      locale: description.locale,
      description: description.text,
      delivery_id: this.#deliveryId,
      retention_days: retentionDays,
      schema_version: schemaVersion,
    };
  }
}

const isReturned = ({ reason }: RedemptionStep): boolean => reason === 'TASK_FAILED' || reason === 'TIMED_OUT';

const actOf = {
  customer_redact: 'customer.redact',
  customer_data_request: 'customer.data_request',
  shop_redact: 'shop.redact',
} as const satisfies Readonly<Record<ComplianceRequested['request'], string>>;

const longestList = 10_000;

/** Shopify's order ids with commas between them; null for none, or for more than a line holds: then all are meant. */
const orderList = (orderIds: readonly string[]): string | null => {
  const list = orderIds.join(',');
  return list === '' || list.length > longestList ? null : list;
};
