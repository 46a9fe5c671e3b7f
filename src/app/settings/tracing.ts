import { z } from 'zod';
import { samplerNames } from '../../adapters/tracing/sampler-names.ts';
import { setting } from './setting.ts';
import { type FromText, httpUrl, name, oneOf } from './values.ts';

const ratio: FromText<number> = z
  .string()
  .regex(/^(0|1|[01]?\.\d{1,9})$/, 'must be a number of 0-1')
  .transform(Number)
  .refine((value) => value <= 1, 'must be a number of 0-1');

/** `name=value`, several with commas; values are percent-encoded, as OpenTelemetry has it. */
const headers: FromText<Readonly<Record<string, string>>> = z
  .string()
  .regex(/^[\w-]+=[^,=\s]+(?:=*)(?:,\s*[\w-]+=[^,=\s]+(?:=*))*$/, 'must be name=value, or several with commas')
  .transform((text) => {
    const pairs = text.split(',').map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]);
    return Object.fromEntries(pairs.map(([key = '', value = '']) => [key.trim(), decodeURIComponent(value)]));
  });

/** OpenTelemetry's own names and meanings, as far as they are served. */
export const tracing = {
  tracesEndpoint: setting({
    ...{ name: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', optional: true, shape: httpUrl },
    about: 'Where a collector takes traces, OTLP over HTTP as JSON, with its path; not set: see the next',
  }),
  otlpEndpoint: setting({
    ...{ name: 'OTEL_EXPORTER_OTLP_ENDPOINT', optional: true, shape: httpUrl },
    about: 'The same without the path /v1/traces; neither set: nothing is traced',
  }),
  otlpHeaders: setting({
    ...{ name: 'OTEL_EXPORTER_OTLP_HEADERS', optional: true, shape: headers, secret: true },
    about: 'Sent to the collector, name=value with commas',
  }),
  tracesSampler: setting({
    ...{ name: 'OTEL_TRACES_SAMPLER', about: samplerNames.join(', '), fallback: 'parentbased_traceidratio' },
    shape: oneOf(samplerNames).transform((text) => samplerNames.find((one) => one === text) ?? 'always_off'),
  }),
  tracesSamplerRatio: setting({
    ...{ name: 'OTEL_TRACES_SAMPLER_ARG', fallback: '0.01', shape: ratio },
    about: 'Which part of the traces that begin here is kept, 0-1',
  }),
  tracingServiceName: setting({
    ...{ name: 'OTEL_SERVICE_NAME', about: 'What traces call the service', fallback: 'points', shape: name(64) },
  }),
  tracingDisabled: setting({
    ...{ name: 'OTEL_SDK_DISABLED', about: 'true: nothing is traced, whatever else is set', fallback: 'false' },
    shape: oneOf(['true', 'false']),
  }),
} as const;
