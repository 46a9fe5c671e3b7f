import { STATUS_CODES } from 'node:http';
import { PointsError } from '../../common/errors.ts';
import { type Problem, type ProblemReason, problemOf } from '../problem.ts';

/** What a request of a phone or a till is answered with beside what any delivery may be. The names are stable. */
const problems = {
  token_invalid: { status: 401, detail: 'A valid token is required: Authorization: Bearer <token>' },
  token_insufficient: { status: 403, detail: 'The token does not allow this' },
  fields_invalid: { status: 400, detail: 'The body does not have the fields it must have' },
  idempotency_conflict: { status: 409, detail: 'The idempotency token was used for another request' },
  too_many_waiting: { status: 503, detail: 'Too many requests wait for their decision; send it again later' },
  auth_not_configured: { status: 503, detail: 'This instance knows no Auth service (AUTH_HOST), so it lets nobody in' },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly detail: string }>>;

type OwnReason = keyof typeof problems;

export type RequestProblemReason = ProblemReason | OwnReason;

/** RFC 9457, as every problem here; `fields` names the fields at fault, never what was in them. */
export type RequestProblem = Omit<Problem, 'reason'> & {
  readonly reason: RequestProblemReason;
  readonly fields?: readonly string[];
};

const isOwn = (reason: RequestProblemReason): reason is OwnReason => Object.hasOwn(problems, reason);

export const requestProblem = (
  reason: RequestProblemReason,
  correlationId: string,
  fields: readonly string[] = [],
): RequestProblem => {
  if (!isOwn(reason)) return problemOf(reason, correlationId);
  const { status, detail } = problems[reason];
  const title = STATUS_CODES[status] ?? 'Problem';
  const problem = { type: 'about:blank', title, status, detail, reason, correlation_id: correlationId } as const;
  return fields.length === 0 ? problem : { ...problem, fields };
};

/** A request that is turned away; nothing of it is quoted. */
export class RequestRefusedError extends PointsError {
  readonly code = 'REQUEST_REFUSED';
  readonly reason: RequestProblemReason;
  /** Names of fields at fault, as the contract has them. */
  readonly fields: readonly string[];

  constructor(reason: RequestProblemReason, fields: readonly string[] = []) {
    super('The request is refused', { facts: { reason, fields: fields.join(',') } });
    this.reason = reason;
    this.fields = fields;
  }
}
