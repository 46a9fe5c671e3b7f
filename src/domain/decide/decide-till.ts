import { place } from './account.ts';
import type { PosTransaction } from './commands.ts';
import type { Decision, DecisionSettings, DecisionState } from './decision.ts';
import { earnOnce } from './decide-order.ts';
import { pointsFor, ruleText } from './earning.ts';
import type { EntryDraft } from './entry.ts';
import { RejectedCommandError, requireCurrency } from '../errors.ts';
import { refusalOf } from './refusal.ts';

/** The rule of an entry whose points a till has named. */
const tillRule = 'points named by the till';

const draftOf = (till: PosTransaction): EntryDraft => {
  const { eventId, customerId, type, points, locale, occurredAt, orderId, amountMinor, correlationId } = till;
  return {
    ...{ eventId, eventType: 'pos.transaction', customerId, type, points, rule: tillRule, locale, occurredAt },
    ...{ orderId, amountMinor, correlationId, idempotencyToken: till.idempotencyToken },
    ...{ redemptionId: null, rewardId: null, reason: null, detail: null },
  };
};

/** A till's sale gives points, its spend takes them as the merchant's policy says. */
export const decidePosTransaction = (
  state: DecisionState,
  till: PosTransaction,
  settings: DecisionSettings,
): Decision => (till.type === 'earn' ? earn(state, till, settings) : spend(state, till, settings));

const earn = (state: DecisionState, till: PosTransaction, settings: DecisionSettings): Decision => {
  const isByRule = till.points === 0;
  if (till.currency !== null || isByRule) requireCurrency(till.currency ?? '', settings.currency);
  if (isByRule && till.amountMinor === null) {
    throw new RejectedCommandError('AMOUNT_INVALID', 'A sale names neither points nor an amount');
  }
  const rule = isByRule ? settings.earningRule : null;
  const points = rule === null ? till.points : pointsFor(till.amountMinor ?? 0, rule);
  const draft = { ...draftOf(till), points, rule: rule === null ? tillRule : ruleText(rule) };
  const { eventId, customerId, amountMinor, locale, orderId } = till;
  if (orderId === null) return { entries: [place(state.account, draft)] };
  // The same happening as the shop's orders/create: whichever comes first pays, and a refund takes back.
  return earnOnce(state, { ...draft, orderId }, { eventId, customerId, points, amountMinor, rule, locale }, settings);
};

const spend = (state: DecisionState, till: PosTransaction, settings: DecisionSettings): Decision => {
  const isCovered = state.account.balance >= till.points || settings.overdraft.tillSpends === 'debt';
  return isCovered
    ? { entries: [place(state.account, draftOf(till))] }
    : refusePosTransaction(state, till, 'INSUFFICIENT_POINTS');
};

/**
 * A till's item that is not done. It makes an entry of 0 points, by which its token is known for ever; but one that
 * names its order does not, as the shop's own message may still pay that order.
 */
export const refusePosTransaction = (state: DecisionState, till: PosTransaction, reason: string): Decision => ({
  entries:
    till.type === 'earn' && till.orderId !== null
      ? []
      : [place(state.account, { ...draftOf(till), points: 0, reason })],
  refusals: [refusalOf(till, { eventType: 'pos.transaction', type: till.type, points: till.points, reason })],
});
