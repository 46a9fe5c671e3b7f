export { type OpenedTracing, openTracing, type TracingOptions } from './open-tracing.ts';
export { type SamplerName, samplerNames } from './sampler-names.ts';
export type { SpanFate } from './span-counts.ts';
