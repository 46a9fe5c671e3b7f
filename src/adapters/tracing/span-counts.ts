import { type Attributes, type Counter, createNoopMeter, type Meter, type MeterProvider } from '@opentelemetry/api';
import { ATTR_ERROR_TYPE } from '@opentelemetry/semantic-conventions';

/** What became of spans: the collector has them, the queue was full, or the collector did not take them. */
export type SpanFate = 'exported' | 'queue_full' | 'not_taken';

/** What the SDK's batch processor counts its spans under. */
const processed = 'otel.sdk.processor.span.processed';

const fateOf = (attributes: Attributes | undefined): SpanFate => {
  const error = attributes?.[ATTR_ERROR_TYPE];
  if (error === undefined) return 'exported';
  return error === 'queue_full' ? 'queue_full' : 'not_taken';
};

/** A meter that hears what the SDK tells of its own queue, and of nothing else. */
export const spanCounts = (onSpans: (fate: SpanFate, spans: number) => void): MeterProvider => {
  const noop = createNoopMeter();
  const createCounter: Meter['createCounter'] = (name, options) => {
    if (name !== processed) return noop.createCounter(name, options);
    const counter: Counter = {
      add: (spans, attributes) => {
        onSpans(fateOf(attributes), spans);
      },
    };
    return counter;
  };
  const meter = Object.create(noop, { createCounter: { value: createCounter } }) as Meter;
  return { getMeter: () => meter };
};
