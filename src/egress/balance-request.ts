import type { GetPointsBalanceRequest } from '../contracts/grpc/index.ts';
import { isUuid, negotiateLocale } from '../domain/index.ts';
import { invalidArgument } from './errors.ts';

/** The arguments of GetPointsBalance once they have been checked. */
export interface BalanceQuery {
  /** UUID, lower case. */
  readonly merchantId: string;
  /** UUID, lower case. */
  readonly customerId: string;
  /** Canonical BCP 47 tag; empty where nothing usable was asked for. */
  readonly locale: string;
}

/** The UUID in its one spelling here, lower case; undefined where the text is none. */
export const asUuid = (text: string): string | undefined => (isUuid(text) ? text.toLowerCase() : undefined);

/** The locale as a canonical tag; empty for what is none, which stands for the merchant's default. */
export const usableLocale = (locale: string): string => negotiateLocale(locale, '');

/** @throws CallRefusedError INVALID_ARGUMENT that names every argument at fault */
export function parseBalanceRequest(request: GetPointsBalanceRequest): BalanceQuery {
  const merchantId = asUuid(request.merchant_id);
  const customerId = asUuid(request.customer_id);
  if (merchantId === undefined || customerId === undefined) {
    const faults = [merchantId === undefined ? 'merchant_id' : '', customerId === undefined ? 'customer_id' : ''];
    throw invalidArgument(`Must be a UUID: ${faults.filter((fault) => fault !== '').join(', ')}`);
  }
  return { merchantId, customerId, locale: usableLocale(request.locale) };
}
