export { type OpenedTracing, openTracing, type TracingOptions } from './open-tracing.ts';
export { type SamplerName, samplerNames } from './sampler.ts';
export type { SpanFate } from './span-counts.ts';
