import { asId, asPoints, type RedemptionRequest } from '../../requests/index.ts';
import { isJsonObject, type JsonObject, member, parseJson, scalarText } from '../json.ts';
import { RequestRefusedError } from './request-problem.ts';

/** A header's value, or a body's, as a UUID; the header may have it in quotes, as structured fields do. */
const tokenIn = (text: string): string | undefined => asId(/^"(.*)"$/.exec(text)?.[1] ?? text);

/** The token of the body, or of the header: both may be there, and must then be the same. */
const idempotencyTokenOf = (body: JsonObject, header: string | undefined): string | undefined => {
  const value = member(body, 'idempotency_token');
  const inBody = value === undefined ? undefined : asId(scalarText(value) ?? '');
  if (header === undefined) return inBody;
  const inHeader = tokenIn(header);
  return value === undefined || inBody === inHeader ? inHeader : undefined;
};

/**
 * Reads the body of `POST /redemptions`: merchant_id, customer_id, reward_id, points, locale, and idempotency_token unless
 * the header `Idempotency-Key` has it.
 * @throws DeliveryRefusedError when it is no JSON
 * @throws RequestRefusedError fields_invalid that names every field at fault
 */
export const readRedemption = (rawBody: Buffer, idempotencyKey: string | undefined): RedemptionRequest => {
  const body = parseJson(rawBody);
  if (!isJsonObject(body)) throw new RequestRefusedError('fields_invalid');
  const idIn = (name: string): string | undefined => asId(scalarText(member(body, name)) ?? '');
  const read = {
    merchant_id: idIn('merchant_id'),
    customer_id: idIn('customer_id'),
    reward_id: idIn('reward_id'),
    idempotency_token: idempotencyTokenOf(body, idempotencyKey),
    points: asPoints(scalarText(member(body, 'points')) ?? ''),
  };
  const { merchant_id: merchantId, customer_id: customerId, reward_id: rewardId } = read;
  const { idempotency_token: idempotencyToken, points } = read;
  if (!merchantId || !customerId || !rewardId || !idempotencyToken || points === undefined) {
    const faults = Object.entries(read).filter(([, value]) => value === undefined);
    throw new RequestRefusedError(
      'fields_invalid',
      faults.map(([name]) => name),
    );
  }
  const locale = member(body, 'locale');
  const wanted = typeof locale === 'string' ? locale : '';
  return { merchantId, customerId, rewardId, idempotencyToken, points, locale: wanted };
};
