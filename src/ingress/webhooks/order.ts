import {
  customerIdIn,
  isTest,
  type RawMoney,
  readObject,
  requireCurrency,
  requireId,
  requireMinorUnits,
  requireTime,
  shopMoneyIn,
} from './fields.ts';
import { type JsonObject, member } from '../json.ts';
import { DeliveryRefusedError } from '../problem.ts';

/** What of a Shopify order points depend on; all else, and with it all personal data, stays outside. */
export interface ShopifyOrder {
  /** Decimal digits, as Shopify wrote them. */
  readonly orderId: string;
  /** Decimal digits, as Shopify wrote them. */
  readonly customerId: string;
  /** Placed subtotal after discounts, without tax and shipping, in shop money: minor units of `currency`, > 0. */
  readonly amountMinor: number;
  /** Three capital letters. */
  readonly currency: string;
  /** Milliseconds since the epoch, UTC. */
  readonly occurredAt: number;
  /** As the shop sent it: not negotiated yet. */
  readonly customerLocale: string | null;
  readonly financialStatus: string | null;
  readonly sourceName: string | null;
}

/** An order that was cancelled; `occurredAt` is when, `amountMinor` what the order had earned on. */
export type ShopifyCancellation = Pick<
  ShopifyOrder,
  'orderId' | 'customerId' | 'amountMinor' | 'occurredAt' | 'customerLocale'
>;

/** Why what is in order moves no points, and is not passed on. */
export type IgnoredReason = 'guest' | 'test_order' | 'cancelled' | 'zero_amount';

export type OrderReading = { readonly order: ShopifyOrder } | { readonly ignored: IgnoredReason };

export type CancellationReading =
  | { readonly cancellation: ShopifyCancellation }
  | { readonly ignored: Exclude<IgnoredReason, 'cancelled'> };

// Words of Shopify's own, and app ids. Apps may write what they like into a source: it could be anybody's address.
const statusWord = /^(?:pending|authorized|partially_paid|paid|partially_refunded|refunded|voided|expired)$/;
const sourceWord =
  /^(?:web|pos|iphone|android|shopify_draft_order|subscription_contract(?:_checkout_one)?|[0-9]{1,20})$/;

const wordOf = (value: unknown, form: RegExp): string | null =>
  typeof value === 'string' && form.test(value) ? value : null;

/** undefined where the order is not cancelled. */
const cancelledAtIn = (order: JsonObject): string | undefined => {
  const cancelledAt = member(order, 'cancelled_at') ?? '';
  if (typeof cancelledAt !== 'string') throw new DeliveryRefusedError('cancelled_at_invalid');
  return cancelledAt === '' ? undefined : cancelledAt;
};

/** As the set says it; old API versions have only flat fields, and a set may say the amount alone. */
const subtotalIn = (order: JsonObject): RawMoney => {
  const { amount, currency } = shopMoneyIn(order, 'subtotal_price_set');
  return amount === undefined
    ? { amount: member(order, 'subtotal_price'), currency: member(order, 'currency') }
    : { amount, currency: currency ?? member(order, 'currency') };
};

const moneyIn = (order: JsonObject): Pick<ShopifyOrder, 'amountMinor' | 'currency'> => {
  const { amount, currency: code } = subtotalIn(order);
  const currency = requireCurrency(code);
  return { amountMinor: requireMinorUnits(amount, currency), currency };
};

const localeIn = (order: JsonObject): string | null => {
  const locale = member(order, 'customer_locale');
  return typeof locale === 'string' ? locale : null;
};

/** What both readings need. All is read before anything is ignored: what is no order is refused, not taken for a guest's. */
const commonIn = (body: JsonObject) => ({
  orderId: requireId(member(body, 'id'), 'order_id_invalid'),
  customerId: customerIdIn(body),
  test: isTest(body),
  cancelledAt: cancelledAtIn(body),
  money: moneyIn(body),
});

/**
 * The page of an order lies at its shop: under Shopify's name for it, which tells shops apart, or under the shop's own, which
 * is not known here and proves nothing.
 */
const assertNotOfAnotherShop = (order: JsonObject, shopDomain: string): void => {
  const page = member(order, 'order_status_url');
  const host = typeof page === 'string' && URL.canParse(page) ? new URL(page).hostname : '';
  if (host.endsWith('.myshopify.com') && host !== shopDomain) throw new DeliveryRefusedError('shop_invalid');
};

/**
 * Reads the body of an orders/create webhook.
 * @param shopDomain of the shop it must not contradict, lower case; null where its signature says whose it is
 * @throws DeliveryRefusedError when it is no JSON, no order, or another shop's
 */
export const readOrder = (rawBody: Buffer, shopDomain: string | null = null): OrderReading => {
  const body = readObject(rawBody, 'order_not_an_object');
  if (shopDomain !== null) assertNotOfAnotherShop(body, shopDomain);
  const { orderId, customerId, test, cancelledAt, money } = commonIn(body);
  const occurredAt = requireTime(member(body, 'created_at') ?? member(body, 'processed_at'), 'created_at_invalid');

  if (customerId === undefined) return { ignored: 'guest' };
  if (test) return { ignored: 'test_order' };
  if (cancelledAt !== undefined) return { ignored: 'cancelled' };
  if (money.amountMinor <= 0) return { ignored: 'zero_amount' };

  return {
    order: {
      orderId,
      customerId,
      ...money,
      occurredAt,
      customerLocale: localeIn(body),
      financialStatus: wordOf(member(body, 'financial_status'), statusWord),
      sourceName: wordOf(member(body, 'source_name'), sourceWord),
    },
  };
};

/**
 * Reads the body of an orders/cancelled webhook: the order, as it is now. The topic is not signed, so only an order that
 * says itself that it is cancelled counts: that of orders/create, sent here, does not.
 * @throws DeliveryRefusedError when it is no JSON, or no cancelled order
 */
export const readCancellation = (rawBody: Buffer): CancellationReading => {
  const body = readObject(rawBody, 'order_not_an_object');
  const { orderId, customerId, test, cancelledAt, money } = commonIn(body);
  const occurredAt = requireTime(cancelledAt, 'cancelled_at_invalid');

  if (customerId === undefined) return { ignored: 'guest' };
  if (test) return { ignored: 'test_order' };
  // It has earned nothing.
  if (money.amountMinor <= 0) return { ignored: 'zero_amount' };
  return {
    cancellation: { orderId, customerId, amountMinor: money.amountMinor, occurredAt, customerLocale: localeIn(body) },
  };
};
