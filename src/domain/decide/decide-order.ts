import { evolve, place } from './account.ts';
import type { OrderCancelled, OrderCreated, OrderRefunded } from './commands.ts';
import { type Decision, type DecisionSettings, type DecisionState, nothing } from './decision.ts';
import { pointsFor, ruleText } from './earning.ts';
import { requireCurrency } from '../errors.ts';
import type { EntryDraft } from './entry.ts';
import { type Earned, noOrder, type OrderHistory } from './order-history.ts';
import { takeBack } from './take-back.ts';

/** An order gives what the merchant's rule says. */
export const decideOrderCreated = (state: DecisionState, order: OrderCreated, settings: DecisionSettings): Decision => {
  requireCurrency(order.currency, settings.currency);
  // An order too small for a point makes an entry all the same: so the ledger knows the event for ever, like any other.
  const points = pointsFor(order.amountMinor, settings.earningRule);
  const { eventId, customerId, locale, occurredAt, orderId, amountMinor, correlationId } = order;
  const draft: EntryDraft = {
    ...{ eventId, eventType: 'order.created', customerId, type: 'earn', points },
    rule: ruleText(settings.earningRule),
    ...{ locale, occurredAt, orderId, amountMinor, correlationId },
    ...{ idempotencyToken: null, redemptionId: null, rewardId: null, reason: null, detail: null },
  };
  return earnOnce(
    state,
    { ...draft, orderId },
    { eventId, customerId, points, amountMinor, rule: settings.earningRule, locale },
    settings,
  );
};

/** What an order gives, once, and at once what is taken back of it where its cancellation or a refund came first. */
export const earnOnce = (
  state: DecisionState,
  draft: EntryDraft & { readonly orderId: string },
  earned: Earned,
  settings: DecisionSettings,
): Decision => {
  const before = state.order ?? noOrder;
  if (before.earned !== null) return nothing;
  const entry = place(state.account, draft);
  const { earlyRefunds, cancellation } = before;
  const fresh: OrderHistory = { ...before, earned, earlyRefunds: [] };
  const taken = takeBack(evolve(state.account, entry), fresh, earned, draft.orderId, settings, [
    ...earlyRefunds.map((refund) => ({ ...refund, eventType: 'order.refunded' as const })),
    ...(cancellation === null
      ? []
      : [{ ...cancellation, eventType: 'order.cancelled' as const, amountMinor: earned.amountMinor }]),
  ]);
  return { entries: [entry, ...taken.entries], order: taken.order };
};

/** A cancelled order gives back what is left of what it gave; before the order, it waits for it. */
export const decideOrderCancelled = (
  state: DecisionState,
  { eventId, orderId, occurredAt, correlationId }: OrderCancelled,
  settings: DecisionSettings,
): Decision => {
  const before = state.order ?? noOrder;
  if (before.cancellation !== null) return nothing;
  const cancellation = { eventId, occurredAt, correlationId };
  const order: OrderHistory = { ...before, cancellation };
  if (before.earned === null) return { entries: [], order };
  return takeBack(state.account, order, before.earned, orderId, settings, [
    { ...cancellation, eventType: 'order.cancelled', amountMinor: before.earned.amountMinor },
  ]);
};

/** A refund takes back what its part of the order earned; before the order, it waits for it. */
export const decideOrderRefunded = (
  state: DecisionState,
  { eventId, orderId, amountMinor, currency, occurredAt, correlationId }: OrderRefunded,
  settings: DecisionSettings,
): Decision => {
  requireCurrency(currency, settings.currency);
  const before = state.order ?? noOrder;
  // That the amount can be counted is found out now, not when the order comes.
  pointsFor(amountMinor, settings.earningRule);
  const refund = { eventId, amountMinor, occurredAt, correlationId };
  if (before.earned === null) {
    // Kept for as long as the order does not come: nothing else remembers it for longer than the dedupe window.
    if (before.earlyRefunds.some((early) => early.eventId === eventId)) return nothing;
    return { entries: [], order: { ...before, earlyRefunds: [...before.earlyRefunds, refund] } };
  }
  return takeBack(state.account, before, before.earned, orderId, settings, [
    { ...refund, eventType: 'order.refunded' },
  ]);
};
