import { credentials, Metadata } from '@grpc/grpc-js';
import { DependencyUnavailableError } from '../../common/errors.ts';
import { PointsServiceClient, RedemptionStatus } from '../../contracts/grpc/index.ts';

export interface RedeemQuestion {
  /** UUIDs. */
  readonly merchantId: string;
  readonly customerId: string;
  readonly rewardId: string;
  readonly idempotencyToken: string;
  /** > 0 */
  readonly points: number;
  /** BCP 47 tag. */
  readonly locale: string;
  /** Sent as `authorization: Bearer …`; scope merchant:points:redeem or customer:points:redeem. */
  readonly token: string;
  /** Taken over by the service; it makes one where there is none. */
  readonly correlationId?: string;
}

export interface RedeemAnswer {
  /** Name of the status, e.g. `PENDING`. */
  readonly status: string;
  readonly redemption_id: string;
  /** Empty unless completed. */
  readonly task_id: string;
  /** Empty unless failed. */
  readonly reason: string;
  readonly correlation_id: string;
}

const deadlineMs = 5_000;

/**
 * One redemption over gRPC, as a storefront asks for it.
 * @param address host:port
 * @throws DependencyUnavailableError with the gRPC status, also where the token does not permit it
 */
export const redeem = (address: string, question: RedeemQuestion): Promise<RedeemAnswer> => {
  const client = new PointsServiceClient(address, credentials.createInsecure());
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${question.token}`);
  if (question.correlationId !== undefined) metadata.set('x-correlation-id', question.correlationId);
  const { merchantId, customerId, rewardId, idempotencyToken, points, locale } = question;
  const request = {
    ...{ merchant_id: merchantId, customer_id: customerId, reward_id: rewardId, points, locale },
    idempotency_token: idempotencyToken,
  };
  return new Promise<RedeemAnswer>((resolve, reject) => {
    client.RedeemReward(request, metadata, { deadline: Date.now() + deadlineMs }, (cause, answer) => {
      if (answer !== undefined) {
        const [name = ''] = Object.entries(RedemptionStatus).find(([, code]) => code === answer.status) ?? [];
        return resolve({ ...answer, status: name });
      }
      const facts = { address, status: cause?.code, details: cause?.details };
      reject(new DependencyUnavailableError('The balances server', { cause, facts }));
    });
  }).finally(() => {
    client.close();
  });
};
