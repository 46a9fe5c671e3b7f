import { setTimeout as sleep } from 'node:timers/promises';

export interface OpenLoopOptions {
  readonly ratePerSecond: number;
  readonly seconds: number;
  /** Called with 0, 1, 2 …; a rejection counts as an error. */
  readonly call: (index: number) => Promise<void>;
}

export interface OpenLoopResult {
  readonly calls: number;
  readonly errors: number;
  /** The first error, as text; null without one. */
  readonly firstError: string | null;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/**
 * Calls at a fixed rate whatever the answers do, and measures each from the moment it was due, not from when it was
 * sent: a server that stalls is charged with everything that had to wait (no coordinated omission).
 */
export async function openLoop({ ratePerSecond, seconds, call }: OpenLoopOptions): Promise<OpenLoopResult> {
  const total = Math.round(ratePerSecond * seconds);
  // Numbers in one block, and no promise is kept: what survives is copied by the collector, and its pauses are charged
  // to the server.
  const latencies = new Float64Array(total);
  let answered = 0;
  let errors = 0;
  let firstError: string | null = null;
  const began = performance.now();
  const dueAt = (index: number): number => began + (index * 1_000) / ratePerSecond;
  const measure = async (index: number): Promise<void> => {
    try {
      await call(index);
      latencies[answered] = performance.now() - dueAt(index);
      answered += 1;
    } catch (error) {
      errors += 1;
      firstError ??= String(error);
    }
  };

  for (let index = 0; index < total || answered + errors < total; ) {
    for (; index < total && dueAt(index) <= performance.now(); index += 1) void measure(index);
    await sleep(1);
  }

  const sorted = latencies.subarray(0, answered).sort();
  const at = (quantile: number): number =>
    Number((sorted[Math.min(answered - 1, Math.floor(answered * quantile))] ?? Number.NaN).toFixed(2));
  return {
    ...{ calls: total, errors, firstError },
    ...{ p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) },
  };
}
