import type { Metadata } from '@grpc/grpc-js';
import type { BalanceReader } from '../balances/index.ts';
import type { GetPointsBalanceRequest, GetPointsBalanceResponse } from '../contracts/grpc/index.ts';
import { admitReader } from './admit-reader.ts';
import type { DescribeBalance, TokenValidator } from './ports.ts';

export interface GetPointsBalanceDeps {
  readonly tokens: TokenValidator;
  readonly balances: BalanceReader;
  readonly describeBalance: DescribeBalance;
}

export type GetPointsBalance = (
  request: GetPointsBalanceRequest,
  metadata: Metadata,
) => Promise<GetPointsBalanceResponse>;

/**
 * Answers one call.
 *
 * @throws CallRefusedError with the status to answer
 * @throws DependencyUnavailableError when Auth or the stores are away
 */
export const getPointsBalance =
  ({ tokens, balances, describeBalance }: GetPointsBalanceDeps): GetPointsBalance =>
  async (request, metadata) => {
    const { merchantId, customerId, locale } = await admitReader(tokens, metadata, request);
    const { balance } = await balances.read(merchantId, customerId);
    return { balance, description: await describeBalance(locale, merchantId, balance) };
  };
