import { v5 as uuidV5 } from 'uuid';
import { PointsError } from '../common/errors.ts';

/** A text that should be a UUID and is not. */
export class IdentityError extends PointsError {
  readonly code = 'IDENTITY_INVALID';

  constructor(what: string) {
    super(`${what} is not a UUID`, { facts: { what } });
  }
}

// Any 128 bits in the usual form: ids come from other systems, and not all of those set version and variant.
const uuidForm = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether this is a UUID in its 36-character form, of any version, in either case. */
export const isUuid = (text: string): boolean => uuidForm.test(text);

/** As bytes, because the library refuses namespaces in text whose version or variant is none of RFC 9562's. */
const namespaceOf = (merchantId: string): Uint8Array => {
  if (!isUuid(merchantId)) throw new IdentityError('merchant_id');
  return Buffer.from(merchantId.replaceAll('-', ''), 'hex');
};

/**
 * The id of a merchant's customer: UUIDv5 of `customer/<Shopify customer id>` in the merchant's namespace, so that the
 * same number at two merchants makes two customers.
 * @throws IdentityError when merchantId is no UUID
 */
export const customerIdOf = (merchantId: string, shopifyCustomerId: string): string =>
  uuidV5(`customer/${shopifyCustomerId}`, namespaceOf(merchantId));

/**
 * The id of what an order earns: UUIDv5 of `order/<Shopify order id>/earn` in the merchant's namespace. However often
 * and by whatever webhook the order is delivered, it is this one event.
 * @throws IdentityError when merchantId is no UUID
 */
export const orderEarnEventId = (merchantId: string, orderId: string): string =>
  uuidV5(`order/${orderId}/earn`, namespaceOf(merchantId));

/**
 * The id of an order's cancellation: UUIDv5 of `order/<Shopify order id>/cancel` in the merchant's namespace.
 * @throws IdentityError when merchantId is no UUID
 */
export const orderCancelEventId = (merchantId: string, orderId: string): string =>
  uuidV5(`order/${orderId}/cancel`, namespaceOf(merchantId));

/**
 * The id of one refund of an order: UUIDv5 of `order/<Shopify order id>/refund/<Shopify refund id>`.
 * @throws IdentityError when merchantId is no UUID
 */
export const orderRefundEventId = (merchantId: string, orderId: string, refundId: string): string =>
  uuidV5(`order/${orderId}/refund/${refundId}`, namespaceOf(merchantId));

/**
 * The id of what a caller asks for under its idempotency token, a redemption or a till's item: UUIDv5 of `token/<token>`.
 * A redemption's `event_id` and `redemption_id` are this.
 * @param idempotencyToken UUID in either case
 * @throws IdentityError when merchantId is no UUID
 */
export const tokenEventId = (merchantId: string, idempotencyToken: string): string =>
  uuidV5(`token/${idempotencyToken.toLowerCase()}`, namespaceOf(merchantId));

/**
 * The id of the answer to a redemption: UUIDv5 of `token/<token>/completed` or `token/<token>/failed`.
 * @throws IdentityError when merchantId is no UUID
 */
export const settlementEventId = (
  merchantId: string,
  idempotencyToken: string,
  outcome: 'completed' | 'failed',
): string => uuidV5(`token/${idempotencyToken.toLowerCase()}/${outcome}`, namespaceOf(merchantId));

/**
 * The id of the entry that gives the points of a failed redemption back: UUIDv5 of `token/<token>/return`.
 * @throws IdentityError when merchantId is no UUID
 */
export const redemptionReturnEventId = (merchantId: string, idempotencyToken: string): string =>
  uuidV5(`token/${idempotencyToken.toLowerCase()}/return`, namespaceOf(merchantId));

/**
 * The id of what the law demands of us: UUIDv5 of `compliance/<Shopify topic>/<webhook id>`.
 * @param topic e.g. `customers/redact`
 * @throws IdentityError when merchantId is no UUID
 */
export const complianceEventId = (merchantId: string, topic: string, webhookId: string): string =>
  uuidV5(`compliance/${topic}/${webhookId}`, namespaceOf(merchantId));
