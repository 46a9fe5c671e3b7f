import { customerIdIn, idOf, listIn, readObject, requireId } from './fields.ts';
import { isJsonObject, type JsonObject, member } from '../json.ts';
import { DeliveryRefusedError } from '../problem.ts';

export type ComplianceTopic = 'customers/data_request' | 'customers/redact' | 'shop/redact';

/** What the law demands, as Shopify passes it on; the person's address and telephone number stay outside. */
export interface ShopifyComplianceRequest {
  /** Decimal digits, as Shopify wrote them; null where the whole shop is meant. */
  readonly customerId: string | null;
  /** Decimal digits, as Shopify wrote them. Empty where none is named, or more than can be passed on: then all are meant. */
  readonly orderIds: readonly string[];
}

export type ComplianceReading =
  | { readonly request: ShopifyComplianceRequest }
  /** Of a guest we hold nothing. */
  | { readonly ignored: 'guest' };

/** More would make a record too large for its topic; what is carried out does not depend on them. */
const mostOrderIds = 10_000;

/** Which members a topic's body has, and which only the others' have. */
const shapes: Readonly<Record<ComplianceTopic, { readonly orders: string | null; readonly not: readonly string[] }>> = {
  'customers/data_request': { orders: 'orders_requested', not: ['orders_to_redact'] },
  'customers/redact': { orders: 'orders_to_redact', not: ['orders_requested', 'data_request'] },
  'shop/redact': { orders: null, not: ['customer', 'orders_to_redact', 'orders_requested', 'data_request'] },
};

/**
 * The topic is not signed: a body that was sent to have one customer told, or erased, must not erase a shop. So it has to
 * be one that only this topic has.
 */
const assertFits = (body: JsonObject, topic: ComplianceTopic): void => {
  const { orders, not } = shapes[topic];
  const isForeign = not.some((name) => Object.hasOwn(body, name));
  const isIncomplete =
    (orders !== null && !Object.hasOwn(body, 'customer')) ||
    (topic === 'customers/data_request' && !isJsonObject(member(body, 'data_request'))) ||
    (topic === 'customers/redact' && !Object.hasOwn(body, 'orders_to_redact'));
  if (isForeign || isIncomplete) throw new DeliveryRefusedError('body_of_another_topic');
};

/** The shop is in the header too, but only the body is signed, and shops of one app may share its secret. */
const assertShop = (body: JsonObject, shopDomain: string): void => {
  requireId(member(body, 'shop_id'), 'shop_invalid');
  const named = member(body, 'shop_domain');
  if (typeof named !== 'string' || named.toLowerCase() !== shopDomain) throw new DeliveryRefusedError('shop_invalid');
};

const orderIdsIn = (body: JsonObject, name: string): readonly string[] => {
  const ids = listIn(body, name, 'order_ids_invalid').map((value) => {
    const id = idOf(value);
    if (id === undefined) throw new DeliveryRefusedError('order_ids_invalid');
    return id;
  });
  return ids.length > mostOrderIds ? [] : ids;
};

/**
 * Reads the body of one of Shopify's mandatory compliance webhooks.
 * @param shopDomain of the merchant that has signed it, lower case
 * @throws DeliveryRefusedError when it is no JSON, names another shop, or is not one of this topic
 */
export const readCompliance = (rawBody: Buffer, topic: ComplianceTopic, shopDomain: string): ComplianceReading => {
  const body = readObject(rawBody, 'request_not_an_object');
  assertShop(body, shopDomain);
  assertFits(body, topic);
  const { orders } = shapes[topic];
  if (orders === null) return { request: { customerId: null, orderIds: [] } };
  const orderIds = orderIdsIn(body, orders);
  const customerId = customerIdIn(body);
  return customerId === undefined ? { ignored: 'guest' } : { request: { customerId, orderIds } };
};
