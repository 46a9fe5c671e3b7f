import type { Metadata } from '@grpc/grpc-js';
import { authenticate, type Caller } from '../requests/index.ts';
import { unauthenticated } from './errors.ts';
import type { TokenValidator } from './ports.ts';

/**
 * Whom a call speaks for.
 * @throws CallRefusedError UNAUTHENTICATED without a valid token
 * @throws DependencyUnavailableError when Auth is away
 */
export async function authenticateCall(tokens: TokenValidator, metadata: Metadata): Promise<Caller> {
  const caller = await authenticate(tokens, metadata.get('authorization'));
  if (caller === undefined) throw unauthenticated();
  return caller;
}
