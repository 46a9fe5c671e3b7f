import { MoneyError, toMinorUnits } from '../../domain/index.ts';
import { isJsonObject, type JsonObject, member, parseJson, scalarText } from '../json.ts';
import { DeliveryRefusedError, type ProblemReason } from '../problem.ts';

const shopifyId = /^[1-9][0-9]{0,19}$/;
const currencyCode = /^[A-Z]{3}$/;
const isoTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

/** An amount of money as it stands in a body: neither is checked yet. */
export interface RawMoney {
  readonly amount: unknown;
  readonly currency: unknown;
}

/** @throws DeliveryRefusedError when it is no JSON, or, for `reason`, no object */
export const readObject = (rawBody: Buffer, reason: ProblemReason): JsonObject => {
  const body = parseJson(rawBody);
  if (!isJsonObject(body)) throw new DeliveryRefusedError(reason);
  return body;
};

/** A 64-bit id of Shopify's as decimal digits, exact; undefined for anything else. */
export const idOf = (value: unknown): string | undefined => {
  const text = scalarText(value);
  return text !== undefined && shopifyId.test(text) ? text : undefined;
};

/** @throws DeliveryRefusedError for `reason` when it is no id */
export const requireId = (value: unknown, reason: ProblemReason): string => {
  const id = idOf(value);
  if (id === undefined) throw new DeliveryRefusedError(reason);
  return id;
};

/** Milliseconds since the epoch, UTC. @throws DeliveryRefusedError for `reason` when it is no time with an offset */
export const requireTime = (value: unknown, reason: ProblemReason): number => {
  const milliseconds = typeof value === 'string' && isoTime.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(milliseconds)) throw new DeliveryRefusedError(reason);
  return milliseconds;
};

/** @throws DeliveryRefusedError when it is no code of three capital letters */
export const requireCurrency = (value: unknown): string => {
  if (typeof value !== 'string' || !currencyCode.test(value)) throw new DeliveryRefusedError('currency_invalid');
  return value;
};

/** Minor units, exactly, of an amount in text or number. @throws DeliveryRefusedError when it is no amount */
export const requireMinorUnits = (amount: unknown, currency: string): number => {
  const text = scalarText(amount);
  if (text === undefined) throw new DeliveryRefusedError('amount_invalid');
  try {
    return toMinorUnits(text, currency);
  } catch (thrown) {
    if (thrown instanceof MoneyError) throw new DeliveryRefusedError('amount_invalid');
    throw thrown;
  }
};

/**
 * The shop's side of a `…_set`: new API versions say money per currency, and the shop's is the one that earns. Either is
 * undefined where the set does not say it, as in old versions, which have only flat fields.
 */
export const shopMoneyIn = (object: JsonObject, set: string): RawMoney => {
  const both = member(object, set);
  const money = isJsonObject(both) ? member(both, 'shop_money') : undefined;
  if (!isJsonObject(money)) return { amount: undefined, currency: undefined };
  return { amount: member(money, 'amount'), currency: member(money, 'currency_code') };
};

/**
 * The id in `customer`; undefined for a guest: no customer, or one without an id.
 * @throws DeliveryRefusedError when the customer is no object, or its id none
 */
export const customerIdIn = (body: JsonObject): string | undefined => {
  const customer = member(body, 'customer');
  if (customer === undefined) return undefined;
  if (!isJsonObject(customer)) throw new DeliveryRefusedError('customer_invalid');
  const id = member(customer, 'id');
  return id === undefined ? undefined : requireId(id, 'customer_invalid');
};

/** Absent and null are no test. @throws DeliveryRefusedError when it is neither true nor false */
export const isTest = (object: JsonObject): boolean => {
  const test = member(object, 'test') ?? false;
  if (typeof test !== 'boolean') throw new DeliveryRefusedError('test_invalid');
  return test;
};

/** A list, empty where it is absent. @throws DeliveryRefusedError for `reason` when it is something else */
export const listIn = (object: JsonObject, name: string, reason: ProblemReason): readonly unknown[] => {
  const list = member(object, name) ?? [];
  if (!Array.isArray(list)) throw new DeliveryRefusedError(reason);
  return list;
};

/** The same of objects only. */
export const objectsIn = (object: JsonObject, name: string, reason: ProblemReason): readonly JsonObject[] =>
  listIn(object, name, reason).map((item) => {
    if (!isJsonObject(item)) throw new DeliveryRefusedError(reason);
    return item;
  });
