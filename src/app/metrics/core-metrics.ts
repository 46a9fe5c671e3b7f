import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { CircuitState, LookupResult } from '../../adapters/core/index.ts';

/** What the look-ups of customers tell whoever watches them. */
export interface CoreMetrics {
  readonly lookups: Counter<'result'>;
  /** Seconds a question to Core took, however it ended. */
  readonly latency: Histogram;
}

/** Seconds; the time-out is a setting, 1 s by default. */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

const results: readonly LookupResult[] = ['cached', 'known', 'unknown', 'refused', 'unavailable', 'not_asked'];
const states: readonly CircuitState[] = ['closed', 'half-open', 'open'];

/** @param state asked whenever the metrics are */
export function createCoreMetrics(registry: Registry, state: () => CircuitState): CoreMetrics {
  const registers = [registry];
  new Gauge({
    ...{ name: 'points_core_breaker_state', help: '1 for the state the circuit to Core is in' },
    ...{ labelNames: ['state'], registers },
    collect() {
      for (const each of states) this.set({ state: each }, each === state() ? 1 : 0);
    },
  });
  const lookups = new Counter({
    ...{ name: 'points_core_lookups_total', help: 'Customers looked up, by how that ended' },
    ...{ labelNames: ['result'] as const, registers },
  });
  // There before the first, so that a rate sees the first.
  for (const result of results) lookups.inc({ result }, 0);
  return {
    lookups,
    latency: new Histogram({
      ...{ name: 'points_core_latency_seconds', help: 'Time a question to Core took' },
      ...{ buckets, registers },
    }),
  };
}
