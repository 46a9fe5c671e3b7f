import { type Account, evolve, place } from './account.ts';
import type { DecisionSettings } from './decision.ts';
import { ruleText } from './earning.ts';
import type { Entry } from './entry.ts';
import { type Earned, type EarlyRefund, type OrderHistory, worthAfter } from './order-history.ts';

/** Why points of an order are taken back. */
type TakeBackCause = Omit<EarlyRefund, 'amountMinor'> &
  (
    | { readonly eventType: 'order.cancelled'; readonly amountMinor: number | null }
    | { readonly eventType: 'order.refunded'; readonly amountMinor: number }
  );

/**
 * Takes back what an order gave, one entry a cause, never more than it gave. What the account does not have is owed or
 * forgiven, by the merchant's policy; what is forgiven counts as taken back, so that no later refund asks for it again.
 * A cause that finds nothing left makes an entry of 0 points, by which the ledger knows it for ever.
 */
export const takeBack = (
  account: Account,
  before: OrderHistory,
  earned: Earned,
  orderId: string,
  settings: DecisionSettings,
  causes: readonly TakeBackCause[],
): { readonly entries: readonly Entry[]; readonly order: OrderHistory } => {
  const entries: Entry[] = [];
  let current = account;
  let order = before;
  for (const cause of causes) {
    const refundedMinor =
      cause.eventType === 'order.cancelled' ? order.refundedMinor : added(order.refundedMinor, cause.amountMinor);
    const worth = cause.eventType === 'order.cancelled' ? 0 : worthAfter(earned, refundedMinor, settings.earningRule);
    const due = Math.max(0, earned.points - order.takenBack - worth);
    const points = settings.overdraft.clawBacks === 'debt' ? due : Math.min(due, Math.max(0, current.balance));
    const { eventId, eventType, occurredAt, correlationId, amountMinor } = cause;
    const entry = place(current, {
      ...{ eventId, eventType, customerId: earned.customerId, type: 'spend', points },
      rule: earned.rule === null ? 'in proportion' : ruleText(earned.rule),
      ...{ locale: earned.locale, occurredAt, orderId, amountMinor, correlationId },
      ...{ idempotencyToken: null, redemptionId: null, rewardId: null, reason: null },
      detail: points < due ? `${due - points} more points forgiven` : null,
    });
    entries.push(entry);
    current = evolve(current, entry);
    order = { ...order, refundedMinor, takenBack: order.takenBack + due };
  }
  return { entries, order };
};

/** More than can be counted is more than any order: it stays countable. */
const added = (a: number, b: number): number => Math.min(a + b, Number.MAX_SAFE_INTEGER);
