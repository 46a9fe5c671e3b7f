import { randomUUID } from 'node:crypto';
import type { OpenedTracing } from '../../adapters/tracing/index.ts';
import type { Tracing } from '../../common/tracing.ts';
import type { Config } from '../config.ts';
import type { RoleContext } from '../role.ts';

export type CreateTracing = (parts: Pick<RoleContext, 'logger' | 'metrics' | 'lifecycle'>) => Tracing;

/** The tracing of a process: switched by its settings, and loaded only where it is on. */
export interface ProcessTracing {
  /** For its logger: the trace that a line belongs to. Absent where tracing is off. */
  readonly mixin?: () => object;
  /** Loads OpenTelemetry; undefined where tracing is off. */
  readonly load: () => Promise<CreateTracing | undefined>;
}

type TracingConfig = Pick<
  Config<never>,
  | 'tracesEndpoint'
  | 'otlpEndpoint'
  | 'otlpHeaders'
  | 'tracesSampler'
  | 'tracesSamplerRatio'
  | 'tracingServiceName'
  | 'tracingDisabled'
>;

const urlOf = ({ tracesEndpoint, otlpEndpoint, tracingDisabled }: TracingConfig): string | undefined => {
  if (tracingDisabled === 'true') return undefined;
  return tracesEndpoint ?? (otlpEndpoint === undefined ? undefined : `${otlpEndpoint}/v1/traces`);
};

/** @param role what the process runs, as its log lines call it */
export function processTracing(config: TracingConfig, role: string): ProcessTracing {
  const url = urlOf(config);
  if (url === undefined) return { load: () => Promise.resolve(undefined) };
  let opened: OpenedTracing | undefined;
  return {
    mixin: () => opened?.logFields() ?? {},
    load: async () => {
      const [{ openTracing }, { createSpanMetrics }] = await Promise.all([
        import('../../adapters/tracing/index.ts'),
        import('../metrics/span-metrics.ts'),
      ]);
      return ({ logger, metrics, lifecycle }) => {
        const { otlpHeaders: headers = {}, tracesSampler: sampler, tracesSamplerRatio: ratio } = config;
        const tracing = openTracing({
          ...{ url, headers, sampler, ratio, role, logger, serviceName: config.tracingServiceName },
          instanceId: randomUUID(),
          onSpans: createSpanMetrics(metrics.registry),
        });
        opened = tracing;
        lifecycle.add('tracing', () => tracing.close());
        logger.info({ sampler, ratio }, 'Traces go to a collector');
        return tracing;
      };
    },
  };
}
