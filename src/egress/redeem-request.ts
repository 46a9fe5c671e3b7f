import type { RedeemRewardRequest } from '../contracts/grpc/index.ts';
import { asId, asPoints, type RedemptionRequest } from '../requests/index.ts';
import { usableLocale } from './balance-request.ts';
import { invalidArgument } from './errors.ts';

const idNames = ['merchant_id', 'customer_id', 'reward_id', 'idempotency_token'] as const;

/** @throws CallRefusedError INVALID_ARGUMENT that names every argument at fault */
export function parseRedeemRequest(request: RedeemRewardRequest): RedemptionRequest {
  const [merchantId, customerId, rewardId, idempotencyToken] = idNames.map((name) => asId(request[name]));
  const points = asPoints(request.points);
  const wrongIds = idNames.filter((name) => asId(request[name]) === undefined);
  const faults = [
    ...(wrongIds.length > 0 ? [`Must be a UUID: ${wrongIds.join(', ')}`] : []),
    ...(points === undefined ? ['Must be a whole number > 0: points'] : []),
  ];
  if (!merchantId || !customerId || !rewardId || !idempotencyToken || points === undefined) {
    throw invalidArgument(faults.join('; '));
  }
  return { merchantId, customerId, rewardId, idempotencyToken, points, locale: usableLocale(request.locale) };
}
