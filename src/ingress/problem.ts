import { STATUS_CODES } from 'node:http';
import { PointsError } from '../common/errors.ts';

/** Everything that is answered with a problem, and how. The names go into metrics, logs and answers: they are stable. */
const problems = {
  path_unknown: { status: 404, detail: 'Nothing is served at this path' },
  method_not_allowed: { status: 405, detail: 'Only POST is answered at this path' },
  request_malformed: { status: 400, detail: 'The request is not well-formed HTTP' },
  request_too_slow: { status: 408, detail: 'The request did not arrive in time' },
  headers_too_large: { status: 431, detail: 'The headers are too large' },
  body_too_large: { status: 413, detail: 'The body is too large' },
  content_type_malformed: { status: 415, detail: 'The content type is not a media type' },
  unauthorized: { status: 401, detail: 'The delivery is not signed by a shop known here' },
  topic_unexpected: { status: 400, detail: 'The topic is not the one of this path' },
  content_encoding_unsupported: { status: 415, detail: 'The body must not be encoded' },
  body_not_json: { status: 400, detail: 'The body is not JSON, or names a key twice' },
  body_too_deep: { status: 400, detail: 'The body is nested too deeply' },
  order_not_an_object: { status: 400, detail: 'The body is not an order' },
  order_id_invalid: { status: 400, detail: 'There is no usable id of an order' },
  customer_invalid: { status: 400, detail: 'The customer has no usable id' },
  test_invalid: { status: 400, detail: 'Whether it is a test is neither true nor false' },
  cancelled_at_invalid: { status: 400, detail: 'When the order was cancelled is no time' },
  currency_invalid: { status: 400, detail: 'There is no usable currency' },
  amount_invalid: { status: 400, detail: 'There is no usable amount' },
  created_at_invalid: { status: 400, detail: 'There is no usable time of creation' },
  refund_not_an_object: { status: 400, detail: 'The body is not a refund' },
  refund_id_invalid: { status: 400, detail: 'The refund has no usable id' },
  refund_line_items_invalid: { status: 400, detail: 'The line items of the refund are not a list of objects' },
  order_adjustments_invalid: { status: 400, detail: 'The adjustments of the refund are not a list of objects' },
  transactions_invalid: { status: 400, detail: 'The transactions of the refund are not a list of objects' },
  request_not_an_object: { status: 400, detail: 'The body is not a request' },
  shop_invalid: { status: 400, detail: 'The body does not name the shop that has signed it, or names another one' },
  body_of_another_topic: { status: 400, detail: 'The body is not one of this topic' },
  order_ids_invalid: { status: 400, detail: 'The ids of orders are not a list of ids' },
  delivery_id_missing: { status: 400, detail: 'The delivery has no usable id' },
  dependency_unavailable: { status: 503, detail: 'The delivery cannot be taken now; send it again later' },
  overloaded: { status: 503, detail: 'More comes in than can be taken now; send it again later' },
  internal_error: { status: 500, detail: 'The delivery could not be handled' },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly detail: string }>>;

/** Stable name of a problem. */
export type ProblemReason = keyof typeof problems;

/** A problem as RFC 9457 has it, with `reason` and `correlation_id` besides. Holds nothing of the request's body. */
export interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly reason: ProblemReason;
  readonly correlation_id?: string;
}

export const problemMediaType = 'application/problem+json';

export const problemOf = (reason: ProblemReason, correlationId?: string): Problem => {
  const { status, detail } = problems[reason];
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Problem',
    status,
    detail,
    reason,
    ...(correlationId === undefined ? {} : { correlation_id: correlationId }),
  };
};

/** A delivery that is turned away for good; `reason` says why, and nothing of the delivery is quoted. */
export class DeliveryRefusedError extends PointsError {
  readonly code = 'DELIVERY_REFUSED';
  readonly reason: ProblemReason;

  constructor(reason: ProblemReason) {
    super(problems[reason].detail, { facts: { reason } });
    this.reason = reason;
  }
}
