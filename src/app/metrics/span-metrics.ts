import { Counter, type Registry } from 'prom-client';
import type { SpanFate } from '../../adapters/tracing/index.ts';

/** What becomes of spans; only where tracing is on. */
export const createSpanMetrics = (registry: Registry): ((fate: SpanFate, spans: number) => void) => {
  const registers = [registry];
  const exported = new Counter({ name: 'points_spans_exported_total', help: 'Spans a collector has taken', registers });
  const dropped = new Counter({
    ...{ name: 'points_spans_dropped_total', help: 'Spans lost: the queue was full, or the collector took none' },
    ...{ labelNames: ['reason'], registers },
  });
  // Series that are there from the start: their first increase is seen as one.
  for (const reason of ['queue_full', 'not_taken']) dropped.inc({ reason }, 0);
  return (fate, spans) => {
    if (fate === 'exported') exported.inc(spans);
    else dropped.inc({ reason: fate }, spans);
  };
};
