import type { Metadata } from '@grpc/grpc-js';
import type { Caller } from '../requests/index.ts';
import { authenticateCall } from './authenticate-call.ts';
import { mayReadBalance } from './authorize.ts';
import { type BalanceQuery, parseBalanceRequest } from './balance-request.ts';
import { permissionDenied } from './errors.ts';
import type { TokenValidator } from './ports.ts';

/** A caller who may read what it asks for. */
export type Reader = BalanceQuery & Caller;

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
  const { token, identity } = await authenticateCall(tokens, metadata);
  const query = parseBalanceRequest(request);
  if (!mayReadBalance(identity, query.merchantId, query.customerId)) throw permissionDenied();
  return { ...query, token, identity };
}
