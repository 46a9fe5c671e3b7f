import {
  isTest,
  objectsIn,
  readObject,
  requireCurrency,
  requireId,
  requireMinorUnits,
  requireTime,
  shopMoneyIn,
} from './fields.ts';
import { type JsonObject, member } from '../json.ts';
import { DeliveryRefusedError } from '../problem.ts';

/** What of a Shopify refund points depend on; who refunded, what was noted and how it was paid stay outside. */
export interface ShopifyRefund {
  /** Decimal digits, as Shopify wrote them. */
  readonly refundId: string;
  readonly orderId: string;
  /** What was refunded of the subtotal that the order earned on, in shop money: minor units of `currency`, > 0. */
  readonly amountMinor: number;
  /** Three capital letters. */
  readonly currency: string;
  /** When the refund was made: milliseconds since the epoch, UTC. */
  readonly occurredAt: number;
}

export type RefundReading = { readonly refund: ShopifyRefund } | { readonly ignored: 'test_order' | 'zero_amount' };

interface Part {
  /** In minor units of the shop's currency. */
  readonly amountMinor: number;
  /** undefined where an old API version does not say it. */
  readonly currency: string | undefined;
}

/** A part's amount in shop money: by its set, or by its flat field, which is in shop money too. */
const partOf = (item: JsonObject, set: string, flat: string, shopCurrency: string): Part => {
  const money = shopMoneyIn(item, set);
  const currency = money.currency === undefined ? undefined : requireCurrency(money.currency);
  const amount = money.amount ?? member(item, flat);
  return { amountMinor: requireMinorUnits(amount, currency ?? shopCurrency), currency };
};

/** Not one of shipping, which is no part of the subtotal. New API versions have no other kind, and do not name it. */
const isDiscrepancy = (adjustment: JsonObject): boolean =>
  (member(adjustment, 'kind') ?? 'refund_discrepancy') === 'refund_discrepancy';

const currencyOf = (parts: readonly Part[], shopCurrency: string): string => {
  const said = new Set(parts.flatMap(({ currency }) => currency ?? []));
  if (said.size > 1) throw new DeliveryRefusedError('currency_invalid');
  return [...said][0] ?? shopCurrency;
};

const sumOf = (amounts: readonly number[]): number => {
  const sum = amounts.reduce((total, amount) => total + amount, 0);
  // Sums of safe integers beyond the safe ones are inexact, but never come back among them.
  if (!Number.isSafeInteger(sum)) throw new DeliveryRefusedError('amount_invalid');
  return sum;
};

/** By a payment that is a test: a refund does not say it of its order. */
const isOfTestOrder = (refund: JsonObject): boolean => {
  const payments = objectsIn(refund, 'transactions', 'transactions_invalid').map(isTest);
  return payments.length > 0 && payments.every((test) => test);
};

/**
 * Reads the body of a refunds/create webhook.
 *
 * Refunded is what its line items cost after discounts, and what was given back beyond them: an amount without any items,
 * or more than they cost, which Shopify writes as a negative discrepancy. A positive one says that less was paid than the
 * items cost, be it that a fee was kept or that the payment is not through yet; the items came back all the same.
 *
 * A refund names neither the customer nor, in old API versions, the currency, which is the shop's then.
 * @param shopCurrency ISO 4217 code of the shop's money
 * @throws DeliveryRefusedError when it is no JSON, or no refund
 */
export const readRefund = (rawBody: Buffer, shopCurrency: string): RefundReading => {
  const body = readObject(rawBody, 'refund_not_an_object');
  const refundId = requireId(member(body, 'id'), 'refund_id_invalid');
  const orderId = requireId(member(body, 'order_id'), 'order_id_invalid');

  const items = objectsIn(body, 'refund_line_items', 'refund_line_items_invalid').map((item) =>
    partOf(item, 'subtotal_set', 'subtotal', shopCurrency),
  );
  const discrepancies = objectsIn(body, 'order_adjustments', 'order_adjustments_invalid')
    .filter(isDiscrepancy)
    .map((adjustment) => partOf(adjustment, 'amount_set', 'amount', shopCurrency));
  const beyond = discrepancies.filter(({ amountMinor }) => amountMinor < 0);

  const currency = currencyOf([...items, ...discrepancies], shopCurrency);
  if (items.some(({ amountMinor }) => amountMinor < 0)) throw new DeliveryRefusedError('amount_invalid');
  const amountMinor = sumOf([
    ...items.map((item) => item.amountMinor),
    ...beyond.map((adjustment) => -adjustment.amountMinor),
  ]);
  const occurredAt = requireTime(member(body, 'created_at') ?? member(body, 'processed_at'), 'created_at_invalid');

  if (isOfTestOrder(body)) return { ignored: 'test_order' };
  if (amountMinor === 0) return { ignored: 'zero_amount' };
  return { refund: { refundId, orderId, amountMinor, currency, occurredAt } };
};
