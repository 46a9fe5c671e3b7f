import { z } from 'zod';
import { everything, type ReplayJob, replaySources, type Selection, selectionShape } from '../../replay/index.ts';

const uuid = z
  .string()
  .regex(/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i, 'must be a UUID')
  .toLowerCase();
const time = z.coerce.number().int().min(0).max(8_640_000_000_000_000);
const offset = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const partition = z.coerce.number().int().min(0).max(100_000);
const codes = z.array(z.string().regex(/^[A-Z0-9_]{1,64}$/, 'must be a code such as UNKNOWN_MERCHANT')).max(20);

/** Query strings: what is empty counts as left out. */
const filled = (query: unknown): unknown =>
  typeof query !== 'object' || query === null
    ? query
    : Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''));

const inQuery = <Shape extends z.ZodType>(shape: Shape) => z.preprocess(filled, shape);

export const graphQuestion = inQuery(
  z.object({ topology: z.string().max(100).optional(), direction: z.enum(['LR', 'TB']).default('LR') }),
);

export const listQuestion = inQuery(
  z.object({
    error: z.string().max(1_000).optional(),
    merchant: uuid.optional(),
    since: time.optional(),
    until: time.optional(),
    retryable: z.enum(['true', 'false']).optional(),
    topic: z.string().max(249).optional(),
    limit: z.coerce.number().int().min(1).max(200).default(50),
  }),
);

export const placeQuestion = z.object({ partition, offset });

/** What a replay is to copy: by filters, or one dead letter alone. */
export const replayQuestion = z.object({
  errors: codes.default([]),
  merchant: uuid.optional(),
  since: time.optional(),
  until: time.optional(),
  retryable: z.boolean().default(false),
  topic: z.string().max(249).optional(),
  place: placeQuestion.optional(),
});

/** A job as a dry run has told it, with its seal. */
export const goQuestion = z.object({
  job: z.string().max(20_000),
  seal: z.string().max(100),
  rate: z.number().int().min(1).max(5_000).default(200),
});

export const sealedJob = z.object({
  records: z.number(),
  expiresAt: z.number(),
  job: z.object({
    id: uuid,
    from: z.enum(replaySources),
    selection: selectionShape,
    ranges: z.array(z.object({ partition: z.number(), from: z.number(), to: z.number() })),
  }),
}) satisfies z.ZodType<{ readonly records: number; readonly expiresAt: number; readonly job: ReplayJob }>;

export const accountQuestion = inQuery(
  z.object({
    merchant: z.string().trim().min(1).max(253),
    customer: z.string().trim().min(1).max(64),
    before: offset.optional(),
  }),
);

/** One line without what a correlation id cannot hold. */
export const followQuestion = inQuery(
  z.object({
    id: z.string().trim().min(1).max(200),
    hours: z.coerce
      .number()
      .int()
      .min(1)
      .max(24 * 30)
      .default(24),
  }),
);

export const sessionQuestion = z.object({ token: z.string().min(1).max(1_000) });

export const selectionOf = (asked: {
  readonly errors: readonly string[];
  readonly merchant?: string | undefined;
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  readonly retryable: boolean;
  readonly topic?: string | undefined;
}): Selection => ({
  ...everything,
  ...{ errors: asked.errors, merchantId: asked.merchant ?? null, retryable: asked.retryable },
  ...{ sinceMs: asked.since ?? null, untilMs: asked.until ?? null, sourceTopic: asked.topic ?? null },
});
