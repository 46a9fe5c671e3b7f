import { credentials, Metadata } from '@grpc/grpc-js';
import { DependencyUnavailableError } from '../../common/errors.ts';
import { PointsServiceClient } from '../../contracts/grpc/index.ts';

export interface BalanceAnswer {
  /** Points. */
  readonly balance: number;
  /** One sentence in the language asked for. */
  readonly description: string;
}

export interface BalanceQuestion {
  readonly merchantId: string;
  readonly customerId: string;
  /** BCP 47 tag. */
  readonly locale: string;
  /** Sent as `authorization: Bearer …`. */
  readonly token: string;
}

/** Reads balances as the frontend does: over gRPC, with a token. */
export interface BalanceClient {
  /** @throws DependencyUnavailableError with the gRPC status, also where the token does not permit it */
  read(question: BalanceQuestion): Promise<BalanceAnswer>;
  close(): void;
}

const deadlineMs = 2_000;

/** @param address host:port */
export const createBalanceClient = (address: string): BalanceClient => {
  const client = new PointsServiceClient(address, credentials.createInsecure());
  return {
    read: ({ merchantId, customerId, locale, token }) =>
      new Promise((resolve, reject) => {
        const metadata = new Metadata();
        metadata.set('authorization', `Bearer ${token}`);
        const request = { merchant_id: merchantId, customer_id: customerId, locale };
        client.GetPointsBalance(request, metadata, { deadline: Date.now() + deadlineMs }, (cause, response) => {
          if (response !== undefined) {
            return resolve({ balance: Number(response.balance), description: response.description });
          }
          const facts = { address, status: cause?.code, details: cause?.details };
          reject(new DependencyUnavailableError('The balances server', { cause, facts }));
        });
      }),
    close: () => client.close(),
  };
};
