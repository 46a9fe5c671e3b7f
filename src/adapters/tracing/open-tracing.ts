import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { ATTR_SERVICE_INSTANCE_ID, ATTR_SERVICE_NAME } from '@opentelemetry/semantic-conventions';
import type { Tracing } from '../../common/tracing.ts';
import type { Logger } from '../../common/logger.ts';
import type { SamplerName } from './sampler-names.ts';
import { samplerOf } from './sampler.ts';
import { type SpanFate, spanCounts } from './span-counts.ts';
import { createSpans } from './spans.ts';

export interface TracingOptions {
  /** Where the collector takes OTLP over HTTP as JSON, the whole path: `http://…:4318/v1/traces`. */
  readonly url: string;
  /** Sent along, e.g. a collector's token. */
  readonly headers: Readonly<Record<string, string>>;
  readonly sampler: SamplerName;
  /** 0 to 1. */
  readonly ratio: number;
  readonly serviceName: string;
  /** What the process runs, e.g. `processor`. */
  readonly role: string;
  /** Names this process among those of its role. */
  readonly instanceId: string;
  readonly logger: Logger;
  /** Told what became of spans. */
  readonly onSpans: (fate: SpanFate, spans: number) => void;
  /** Spans that may wait for the collector; more are dropped. Default 4,096, some 5 MB. */
  readonly maxQueued?: number;
  /** How long spans gather before they are sent. Milliseconds, 1,000 by default. */
  readonly gatherMs?: number;
  /** How long the collector may take for a batch, tries included. Milliseconds, 5,000 by default. */
  readonly timeoutMs?: number;
  /** How long closing waits for what is left to be sent. Milliseconds, 1,500 by default. */
  readonly flushMs?: number;
}

export interface OpenedTracing extends Tracing {
  /** The trace of the work under way, for a log line; empty where there is none. */
  logFields(): { readonly trace_id?: string; readonly span_id?: string };
  /** Sends what is left, as far as that is quickly done. Never rejects. */
  close(): Promise<void>;
}

/** Says once that spans are lost, and once that they are not any more. */
const tellOfLosses = (logger: Logger, onSpans: TracingOptions['onSpans']): TracingOptions['onSpans'] => {
  let isLosing = false;
  return (fate, spans) => {
    onSpans(fate, spans);
    if (fate === 'exported') {
      if (isLosing) logger.info({}, 'The collector takes spans again');
      isLosing = false;
    } else if (!isLosing) {
      isLosing = true;
      logger.warn({ reason: fate }, 'Spans are dropped: the collector does not take them');
    }
  };
};

/** Tracing by OpenTelemetry: spans gather in a bounded queue, which nothing ever waits for, and go to a collector. */
export function openTracing(options: TracingOptions): OpenedTracing {
  const { url, headers, logger, onSpans, flushMs = 1_500, timeoutMs: timeoutMillis = 5_000 } = options;
  const contexts = new AsyncLocalStorageContextManager();
  contexts.enable();
  const provider = new TracerProvider({
    sampler: samplerOf(options.sampler, options.ratio),
    resource: resourceFromAttributes({
      [ATTR_SERVICE_NAME]: options.serviceName,
      [ATTR_SERVICE_INSTANCE_ID]: options.instanceId,
      'points.role': options.role,
    }),
    spanLimits: { attributeValueLengthLimit: 256 },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new OTLPTraceExporter({ url, headers: { ...headers }, timeoutMillis, concurrencyLimit: 2 }),
        maxQueueSize: options.maxQueued ?? 4_096,
        maxExportBatchSize: 512,
        scheduledDelayMillis: options.gatherMs ?? 1_000,
        exportTimeoutMillis: timeoutMillis + 1_000,
        selfObsMeterProvider: spanCounts(tellOfLosses(logger, onSpans)),
      }),
    ],
  });
  const spans = createSpans(provider.getTracer('points'), contexts);
  return {
    ...spans,
    logFields: () => {
      const [, trace_id, span_id] = spans.active()?.traceparent?.split('-') ?? [];
      return trace_id === undefined || span_id === undefined ? {} : { trace_id, span_id };
    },
    close: async () => {
      const { promise: late, resolve } = Promise.withResolvers<undefined>();
      const timer = setTimeout(resolve, flushMs, undefined);
      // Whether the collector takes the last ones is no matter of whether the process stops well.
      await Promise.race([provider.shutdown().catch(() => undefined), late]);
      clearTimeout(timer);
    },
  };
}
