import { z } from 'zod';
import type { Outcome } from '../../contracts/index.ts';

const count = z.int();

const shape = z.object({
  event_id: z.string(),
  merchant_id: z.string(),
  customer_id: z.string(),
  kind: z.enum(['ledger', 'redemption', 'refusal']),
  type: z.enum(['earn', 'spend', 'expire', 'bonus']),
  points: count,
  status: z.enum(['pending', 'completed', 'failed']).nullable(),
  reason: z.string().nullable(),
  reward_id: z.string().nullable(),
  task_id: z.string().nullable(),
  balance_after: count,
  correlation_id: z.string(),
});

/** An outcome as Redis keeps and tells it, JSON; undefined where the text is none of that merchant and event. */
export const parseOutcome = (text: string, merchantId: string, eventId: string): Outcome | undefined => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Not ours: as good as absent.
    return undefined;
  }
  const parsed = shape.safeParse(value);
  if (!parsed.success) return undefined;
  const { merchant_id, event_id } = parsed.data;
  return merchant_id === merchantId && event_id === eventId ? parsed.data : undefined;
};
