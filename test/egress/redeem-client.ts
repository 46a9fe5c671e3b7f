import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { type PointsClient, type RedeemRewardAnswer, RedemptionStatus } from '../../src/contracts/grpc/index.ts';
import { customer, merchant } from './grpc-clients.ts';

export interface RedeemOptions {
  readonly token?: string;
  readonly request?: Readonly<Record<string, string | number>>;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly deadlineMs?: number;
  /** Hangs up when aborted. */
  readonly signal?: AbortSignal;
}

export type RedeemAnswer = Partial<Omit<RedeemRewardAnswer, 'status'>> & {
  readonly code: string;
  readonly details: string;
  /** Name of the status; undefined where the call was refused. */
  readonly status?: string | undefined;
  readonly metadata?: Metadata;
};

export const rewardId = '3e7f1c2a-9d4b-4f6e-8a5c-0b1d2e3f4a5b';
export const idempotencyToken = '5c1d7a90-2b3e-4f6a-9c8d-7e0f1a2b3c4d';

const nameOf = (value: number): string | undefined =>
  Object.entries(RedemptionStatus).find(([, number]) => number === value)?.[0];

/** One call of RedeemReward by a real client; never rejects. */
export const redeem = (client: PointsClient, options: RedeemOptions): Promise<RedeemAnswer> =>
  new Promise((resolve) => {
    const metadata = new Metadata();
    if (options.token !== undefined) metadata.set('authorization', `Bearer ${options.token}`);
    for (const [name, value] of Object.entries(options.metadata ?? {})) metadata.set(name, value);
    const request = {
      ...{ merchant_id: merchant, customer_id: customer, reward_id: rewardId, idempotency_token: idempotencyToken },
      ...{ points: 100, locale: 'en', ...options.request },
    };
    const deadline = Date.now() + (options.deadlineMs ?? 10_000);
    const done = (error: ServiceError | null, answer?: RedeemRewardAnswer): void => {
      if (error !== null) resolve({ code: status[error.code], details: error.details, metadata: error.metadata });
      else if (answer !== undefined) resolve({ ...answer, code: 'OK', details: '', status: nameOf(answer.status) });
    };
    const call = client.RedeemReward(request, metadata, { deadline }, done);
    options.signal?.addEventListener('abort', () => call.cancel());
  });
