/** OpenTelemetry's names. `parentbased_`: what a caller has decided holds, and the rest decides for traces that begin here. */
export const samplerNames = [
  'parentbased_traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'traceidratio',
  'always_on',
  'always_off',
] as const;

export type SamplerName = (typeof samplerNames)[number];
