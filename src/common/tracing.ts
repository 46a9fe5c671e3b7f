import { errorCode } from './errors.ts';

/** What a span says of itself: ids of ours, tags, counts; nothing of a customer, nothing of a body. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

export interface BeginSpan {
  readonly kind: 'server' | 'client' | 'producer' | 'consumer';
  readonly attributes?: SpanAttributes;
  /** Absent: that of the span around. A function is asked when the span, or one within it, ends. */
  readonly correlationId?: string | (() => string | undefined);
  /** W3C traceparent of another process. Absent: the span around, if there is one. */
  readonly parent?: string;
  /** Begins a trace of its own, whatever is around. */
  readonly isRoot?: boolean;
  /** W3C traceparent of what has to do with it without being its parent. */
  readonly link?: string;
}

/** A piece of work on a trace. One that is not sampled costs next to nothing, and so does what is done with it. */
export interface Span {
  /** How others name it as their parent; undefined where it is not sampled: what follows is not traced either. */
  readonly traceparent: string | undefined;
  /** The names of attributes that are undefined are left out. */
  set(attributes: SpanAttributes): void;
  /** What is begun within, also later on, is its child. */
  run<T>(work: () => T): T;
  /** @param failure the stable code of what went wrong */
  end(failure?: string): void;
}

/** What rooms know of tracing. Where it is off there is none: they are given undefined. */
export interface Tracing {
  begin(name: string, options: BeginSpan): Span;
  /** The span around, where there is one. */
  active(): Span | undefined;
}

/** Does work as a span of its own, child of the one around; where tracing is off, just does it. */
export async function inSpan<T>(
  tracing: Tracing | undefined,
  name: string,
  options: BeginSpan,
  work: (span: Span | undefined) => Promise<T>,
): Promise<T> {
  if (tracing === undefined) return work(undefined);
  const span = tracing.begin(name, options);
  try {
    const result = await span.run(() => work(span));
    span.end();
    return result;
  } catch (error) {
    span.end(errorCode(error));
    throw error;
  }
}

/** The names of attributes that are not of OpenTelemetry's conventions. */
export const attribute = {
  merchantId: 'merchant_id',
  topology: 'points.topology',
  outcome: 'points.outcome',
  reason: 'points.reason',
} as const;
