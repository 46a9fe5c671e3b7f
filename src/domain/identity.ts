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
