import { z } from 'zod';
import { DependencyUnavailableError } from '../../common/errors.ts';
import type { ValidateTokenAnswer } from '../../contracts/grpc/index.ts';
import { isUuid } from '../../domain/index.ts';
import type { Identity } from '../../egress/ports.ts';

const uuid = z.string().refine(isUuid).toLowerCase();

const answerShape = z.object({
  merchant_id: uuid,
  scopes: z.array(z.string().min(1)),
  customer_id: z.union([z.literal('').transform(() => undefined), uuid]),
  expires_at: z
    .string()
    .regex(/^\d{1,12}$/)
    .transform(Number),
});

/**
 * What Auth answered, once it has been checked.
 * @throws DependencyUnavailableError when it has another shape: an Auth that cannot be understood is as good as away
 */
export function toIdentity(answer: ValidateTokenAnswer): Identity {
  const parsed = answerShape.safeParse(answer);
  if (!parsed.success) {
    const fields = parsed.error.issues.map((issue) => issue.path.join('.')).join(', ');
    throw new DependencyUnavailableError('Auth', { facts: { reason: 'answer not understood', fields } });
  }
  const { merchant_id: merchantId, customer_id: customerId, scopes, expires_at: expiresAtSeconds } = parsed.data;
  return {
    merchantId,
    ...(customerId === undefined ? {} : { customerId }),
    scopes,
    expiresAt: expiresAtSeconds * 1000,
  };
}
