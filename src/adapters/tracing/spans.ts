import {
  type Attributes,
  type Context,
  createContextKey,
  type Link,
  ROOT_CONTEXT,
  type Span as SdkSpan,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Tracer,
} from '@opentelemetry/api';
import type { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { parseTraceParent } from '@opentelemetry/core';
import { ATTR_ERROR_TYPE } from '@opentelemetry/semantic-conventions';
import type { BeginSpan, Span, SpanAttributes, Tracing } from '../../common/tracing.ts';

const kinds: Readonly<Record<BeginSpan['kind'], SpanKind>> = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
};

const activeKey = createContextKey('the span around');

/** Of a traceparent; undefined for what is none. */
const remote = (traceparent: string | undefined): SpanContext | undefined => {
  const parsed = traceparent === undefined ? null : parseTraceParent(traceparent);
  return parsed === null ? undefined : { ...parsed, isRemote: true };
};

const isSampled = ({ traceFlags }: SpanContext): boolean => (traceFlags & TraceFlags.SAMPLED) !== 0;

const told = (attributes: SpanAttributes): Attributes =>
  Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));

const spanIn = (context: Context): OtelSpan | undefined => context.getValue(activeKey) as OtelSpan | undefined;

class OtelSpan implements Span {
  readonly #correlationId: BeginSpan['correlationId'];
  readonly #around: OtelSpan | undefined;
  readonly #span: SdkSpan;
  readonly #context: Context;
  readonly #contexts: AsyncLocalStorageContextManager;

  constructor(span: SdkSpan, { correlationId }: BeginSpan, parent: Context, contexts: AsyncLocalStorageContextManager) {
    this.#correlationId = correlationId;
    this.#around = spanIn(parent);
    this.#span = span;
    this.#context = trace.setSpan(parent, span).setValue(activeKey, this);
    this.#contexts = contexts;
  }

  get traceparent(): string | undefined {
    const { traceId, spanId } = this.#span.spanContext();
    return isSampled(this.#span.spanContext()) ? `00-${traceId}-${spanId}-01` : undefined;
  }

  /** Its own, or that of the nearest around it that has one. */
  get correlationId(): string | undefined {
    const own = typeof this.#correlationId === 'function' ? this.#correlationId() : this.#correlationId;
    return own ?? this.#around?.correlationId;
  }

  set(attributes: SpanAttributes): void {
    if (this.#span.isRecording()) this.#span.setAttributes(told(attributes));
  }

  run<T>(work: () => T): T {
    return this.#contexts.with(this.#context, work);
  }

  end(failure?: string): void {
    this.set({ correlation_id: this.correlationId });
    if (failure !== undefined) {
      this.set({ [ATTR_ERROR_TYPE]: failure });
      // Its code alone: a message may quote what nobody but its owner should read.
      this.#span.setStatus({ code: SpanStatusCode.ERROR, message: failure });
    }
    this.#span.end();
  }
}

/** The spans of a tracer. The span around is kept with the asynchronous call, in no global of the library's. */
export const createSpans = (tracer: Tracer, contexts: AsyncLocalStorageContextManager): Tracing => {
  const parentOf = ({ parent, isRoot }: BeginSpan): Context => {
    if (isRoot === true) return ROOT_CONTEXT;
    const around = remote(parent);
    return around === undefined ? contexts.active() : trace.setSpanContext(ROOT_CONTEXT, around);
  };
  return {
    begin: (name, options) => {
      const context = parentOf(options);
      const linked = remote(options.link);
      const links: Link[] = linked === undefined ? [] : [{ context: linked }];
      const { kind, attributes = {} } = options;
      const span = tracer.startSpan(name, { kind: kinds[kind], attributes: told(attributes), links }, context);
      return new OtelSpan(span, options, context, contexts);
    },
    active: () => spanIn(contexts.active()),
  };
};
