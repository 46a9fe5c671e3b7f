import type { Metadata } from '@grpc/grpc-js';
import { mayReadBalance } from './authorize.ts';
import { type BalanceQuery, parseBalanceRequest } from './balance-request.ts';
import { bearerToken } from './bearer-token.ts';
import { permissionDenied, unauthenticated } from './errors.ts';
import type { Identity, TokenValidator } from './ports.ts';

/** A caller who may read what it asks for. */
export interface Reader extends BalanceQuery {
  readonly token: string;
  readonly identity: Identity;
}

interface AccountRequest {
  readonly merchant_id: string;
  readonly customer_id: string;
  readonly locale: string;
}

/**
 * Lets in whoever may read one customer's points. The token comes first, then the ids, then the right to read: without a
 * token nothing is learned, not even what an argument should look like, and no store is asked before the right is certain.
 *
 * @throws CallRefusedError with the status to answer
 * @throws DependencyUnavailableError when Auth is away
 */
export async function admitReader(
  tokens: TokenValidator,
  metadata: Metadata,
  request: AccountRequest,
): Promise<Reader> {
  const token = bearerToken(metadata.get('authorization'));
  const identity = token === undefined ? undefined : await tokens.validate(token);
  if (token === undefined || identity === undefined) throw unauthenticated();
  const query = parseBalanceRequest(request);
  if (!mayReadBalance(identity, query.merchantId, query.customerId)) throw permissionDenied();
  return { ...query, token, identity };
}
