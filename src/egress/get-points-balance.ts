import type { Metadata } from '@grpc/grpc-js';
import type { BalanceReader } from '../balances/index.ts';
import type { GetPointsBalanceRequest, GetPointsBalanceResponse } from '../contracts/grpc/index.ts';
import { mayReadBalance } from './authorize.ts';
import { parseBalanceRequest } from './balance-request.ts';
import { bearerToken } from './bearer-token.ts';
import { permissionDenied, unauthenticated } from './errors.ts';
import type { DescribeBalance, Identity, TokenValidator } from './ports.ts';

export interface GetPointsBalanceDeps {
  readonly tokens: TokenValidator;
  readonly balances: BalanceReader;
  readonly describeBalance: DescribeBalance;
}

export type GetPointsBalance = (
  request: GetPointsBalanceRequest,
  metadata: Metadata,
) => Promise<GetPointsBalanceResponse>;

async function authenticate(tokens: TokenValidator, metadata: Metadata): Promise<Identity> {
  const token = bearerToken(metadata.get('authorization'));
  const identity = token === undefined ? undefined : await tokens.validate(token);
  if (identity === undefined) throw unauthenticated();
  return identity;
}

/**
 * Answers one call. The token comes first, then the arguments, then the right to read: without a token nothing is
 * learned, not even what an argument should look like, and no store is asked before the right is certain.
 *
 * @throws CallRefusedError with the status to answer
 * @throws DependencyUnavailableError when Auth or the stores are away
 */
export const getPointsBalance =
  ({ tokens, balances, describeBalance }: GetPointsBalanceDeps): GetPointsBalance =>
  async (request, metadata) => {
    const identity = await authenticate(tokens, metadata);
    const { merchantId, customerId, locale } = parseBalanceRequest(request);
    if (!mayReadBalance(identity, merchantId, customerId)) throw permissionDenied();
    const { balance } = await balances.read(merchantId, customerId);
    return { balance, description: await describeBalance(locale, merchantId, balance) };
  };
