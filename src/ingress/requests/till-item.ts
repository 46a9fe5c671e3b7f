import { customerIdOf, isKnownCurrency, MoneyError, negotiateLocale, toMinorUnits } from '../../domain/index.ts';
import type { MerchantSettings } from '../../domain/index.ts';
import { asId, asPoints } from '../../requests/index.ts';
import { readIsoTime } from './iso-time.ts';
import { isJsonObject, type JsonObject, member, scalarText } from '../json.ts';

/** What a till has recorded, checked. */
export interface TillItem {
  readonly type: 'earn' | 'spend';
  /** UUID, lower case. */
  readonly customerId: string;
  /** > 0; 0 where a sale leaves it to the merchant's rule. */
  readonly points: number;
  /** Of a sale, > 0, in minor units of `currency`. */
  readonly amountMinor: number | null;
  /** ISO 4217; null without an amount. */
  readonly currency: string | null;
  /** Shopify's, decimal digits. */
  readonly orderId: string | null;
  /** UUID, lower case. */
  readonly idempotencyToken: string;
  /** Milliseconds since the epoch, UTC, by the till's clock. */
  readonly occurredAt: number;
  /** BCP 47 tag, negotiated. */
  readonly locale: string;
}

/** An item that cannot be taken; its token is told where it has one, so that the till finds the item. */
export interface InvalidItem {
  readonly idempotencyToken: string | null;
  readonly reason: 'FIELDS_INVALID' | 'TIME_IN_FUTURE';
  /** As the contract names them. */
  readonly fields: readonly string[];
}

export type TillReading = { readonly item: TillItem } | { readonly invalid: InvalidItem };

/** A till's clock may be wrong, but a sale of next week is none. */
const farthestAheadMs = 24 * 60 * 60 * 1000;

const shopifyId = /^[1-9][0-9]{0,19}$/;

const digitsIn = (value: unknown): string | undefined => {
  const text = scalarText(value);
  return text !== undefined && shopifyId.test(text) ? text : undefined;
};

/** One of the two names the customer; both or none leave it open who is meant. */
const customerIn = (item: JsonObject, merchantId: string): string | undefined => {
  const [own, shopify] = [member(item, 'customer_id'), member(item, 'shopify_customer_id')];
  if (own !== undefined) return shopify === undefined ? asId(scalarText(own) ?? '') : undefined;
  const id = digitsIn(shopify);
  return id === undefined ? undefined : customerIdOf(merchantId, id);
};

const amountIn = (value: unknown, currency: string): number | undefined => {
  try {
    const amount = toMinorUnits(scalarText(value) ?? '', currency);
    return amount > 0 ? amount : undefined;
  } catch (thrown) {
    if (thrown instanceof MoneyError) return undefined;
    throw thrown;
  }
};

/** What is read of a field: its value, null where it may be absent and is, undefined where it is not what it must be. */
type Read<Value> = Value | null | undefined;

const optional = <Value>(value: unknown, read: (given: unknown) => Value | undefined): Read<Value> =>
  value === undefined ? null : read(value);

/** Points and money of an item: a spend has points, a sale points or an amount or both. */
const worthIn = (item: JsonObject, type: TillItem['type'], merchantCurrency: string) => {
  const points = optional(member(item, 'points'), (given) => asPoints(scalarText(given) ?? ''));
  const currency = optional(member(item, 'currency'), (given) =>
    typeof given === 'string' && isKnownCurrency(given) ? given : undefined,
  );
  const inCurrency = currency ?? merchantCurrency;
  const amount = optional(member(item, 'amount'), (given) => amountIn(given, inCurrency));
  const isSpend = type === 'spend';
  return {
    points: points === null && (isSpend || amount === null) ? undefined : points,
    currency: currency === undefined || (isSpend && currency !== null) ? undefined : inCurrency,
    amount: isSpend && amount !== null ? undefined : amount,
  };
};

const typeIn = (value: unknown): TillItem['type'] | undefined =>
  value === 'earn' || value === 'spend' ? value : undefined;

/**
 * Reads one item of a till's batch. Names that are not of the contract are passed over, whatever they hold.
 * @param now milliseconds since the epoch, UTC
 */
export const readTillItem = (
  value: unknown,
  merchant: Pick<MerchantSettings, 'merchantId' | 'currency' | 'defaultLocale'>,
  now: number,
): TillReading => {
  const item: JsonObject = isJsonObject(value) ? value : {};
  const type = typeIn(member(item, 'type'));
  const read = {
    type,
    customer_id: customerIn(item, merchant.merchantId),
    ...worthIn(item, type ?? 'earn', merchant.currency),
    order_id: optional(member(item, 'order_id'), digitsIn),
    idempotency_token: asId(scalarText(member(item, 'idempotency_token')) ?? ''),
    occurred_at: readIsoTime(member(item, 'occurred_at')),
  };
  const { customer_id: customerId, points, currency, amount, order_id: orderId, occurred_at: occurredAt } = read;
  const { idempotency_token: idempotencyToken } = read;
  const refuse = (reason: InvalidItem['reason'], fields: readonly string[]): TillReading => ({
    invalid: { idempotencyToken: idempotencyToken ?? null, reason, fields },
  });
  if (
    type === undefined ||
    customerId === undefined ||
    idempotencyToken === undefined ||
    occurredAt === undefined ||
    points === undefined ||
    currency === undefined ||
    amount === undefined ||
    orderId === undefined
  ) {
    const faults = Object.entries(read).filter(([, one]) => one === undefined);
    return refuse(
      'FIELDS_INVALID',
      faults.map(([name]) => name),
    );
  }
  if (occurredAt > now + farthestAheadMs) return refuse('TIME_IN_FUTURE', ['occurred_at']);
  const locale = member(item, 'locale');
  return {
    item: {
      ...{ type, customerId, orderId, idempotencyToken, occurredAt },
      points: points ?? 0,
      amountMinor: amount,
      currency: amount === null ? null : currency,
      locale: negotiateLocale(typeof locale === 'string' ? locale : null, merchant.defaultLocale),
    },
  };
};
