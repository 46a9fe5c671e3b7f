import { MoneyError, toMinorUnits } from '../domain/index.ts';
import { isJsonObject, type JsonObject, member, parseJson, scalarText } from './json.ts';
import { DeliveryRefusedError } from './problem.ts';

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

/** Why an order that is in order earns nothing and is not passed on. */
export type IgnoredReason = 'guest' | 'test_order' | 'cancelled' | 'zero_amount';

export type OrderReading = { readonly order: ShopifyOrder } | { readonly ignored: IgnoredReason };

const shopifyId = /^[1-9][0-9]{0,19}$/;
const currencyCode = /^[A-Z]{3}$/;
const isoTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;
// Words of Shopify's own, and app ids. Apps may write what they like into a source: it could be anybody's address.
const statusWord = /^(?:pending|authorized|partially_paid|paid|partially_refunded|refunded|voided|expired)$/;
const sourceWord =
  /^(?:web|pos|iphone|android|shopify_draft_order|subscription_contract(?:_checkout_one)?|[0-9]{1,20})$/;

const idOf = (value: unknown): string | undefined => {
  const text = scalarText(value);
  return text !== undefined && shopifyId.test(text) ? text : undefined;
};

const wordOf = (value: unknown, form: RegExp): string | null =>
  typeof value === 'string' && form.test(value) ? value : null;

/** undefined for a guest: no customer, or one without an id. */
const customerIdIn = (order: JsonObject): string | undefined => {
  const customer = member(order, 'customer');
  if (customer === undefined) return undefined;
  if (!isJsonObject(customer)) throw new DeliveryRefusedError('customer_invalid');
  const id = member(customer, 'id');
  if (id === undefined) return undefined;
  const text = idOf(id);
  if (text === undefined) throw new DeliveryRefusedError('customer_invalid');
  return text;
};

const isTest = (order: JsonObject): boolean => {
  const test = member(order, 'test') ?? false;
  if (typeof test !== 'boolean') throw new DeliveryRefusedError('test_invalid');
  return test;
};

const isCancelled = (order: JsonObject): boolean => {
  const cancelledAt = member(order, 'cancelled_at') ?? '';
  if (typeof cancelledAt !== 'string') throw new DeliveryRefusedError('cancelled_at_invalid');
  return cancelledAt !== '';
};

/** New API versions say it per currency, and the shop's is the one that earns; old ones have only flat fields. */
const subtotalIn = (order: JsonObject): { readonly amount: unknown; readonly currency: unknown } => {
  const set = member(order, 'subtotal_price_set');
  const shopMoney = isJsonObject(set) ? member(set, 'shop_money') : undefined;
  const amount = isJsonObject(shopMoney) ? member(shopMoney, 'amount') : undefined;
  const currency = isJsonObject(shopMoney) ? member(shopMoney, 'currency_code') : undefined;
  return amount === undefined
    ? { amount: member(order, 'subtotal_price'), currency: member(order, 'currency') }
    : { amount, currency: currency ?? member(order, 'currency') };
};

const moneyIn = (order: JsonObject): Pick<ShopifyOrder, 'amountMinor' | 'currency'> => {
  const { amount, currency } = subtotalIn(order);
  if (typeof currency !== 'string' || !currencyCode.test(currency)) throw new DeliveryRefusedError('currency_invalid');
  const text = scalarText(amount);
  if (text === undefined) throw new DeliveryRefusedError('amount_invalid');
  try {
    return { amountMinor: toMinorUnits(text, currency), currency };
  } catch (thrown) {
    if (thrown instanceof MoneyError) throw new DeliveryRefusedError('amount_invalid');
    throw thrown;
  }
};

const occurredAtIn = (order: JsonObject): number => {
  const time = member(order, 'created_at') ?? member(order, 'processed_at');
  const milliseconds = typeof time === 'string' && isoTime.test(time) ? Date.parse(time) : Number.NaN;
  if (Number.isNaN(milliseconds)) throw new DeliveryRefusedError('created_at_invalid');
  return milliseconds;
};

/**
 * Reads the body of an orders/create webhook.
 * @throws DeliveryRefusedError when it is no JSON, or no order
 */
export const readOrder = (rawBody: Buffer): OrderReading => {
  const body = parseJson(rawBody);
  if (!isJsonObject(body)) throw new DeliveryRefusedError('order_not_an_object');
  const orderId = idOf(member(body, 'id'));
  if (orderId === undefined) throw new DeliveryRefusedError('order_id_invalid');

  // All is read before anything is ignored: what is no order is refused, not taken for a guest's.
  const customerId = customerIdIn(body);
  const test = isTest(body);
  const cancelled = isCancelled(body);
  const money = moneyIn(body);
  const occurredAt = occurredAtIn(body);

  if (customerId === undefined) return { ignored: 'guest' };
  if (test) return { ignored: 'test_order' };
  if (cancelled) return { ignored: 'cancelled' };
  if (money.amountMinor <= 0) return { ignored: 'zero_amount' };

  const customerLocale = member(body, 'customer_locale');
  return {
    order: {
      orderId,
      customerId,
      ...money,
      occurredAt,
      customerLocale: typeof customerLocale === 'string' ? customerLocale : null,
      financialStatus: wordOf(member(body, 'financial_status'), statusWord),
      sourceName: wordOf(member(body, 'source_name'), sourceWord),
    },
  };
};
