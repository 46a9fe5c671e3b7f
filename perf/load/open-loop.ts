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
  const latencies: number[] = [];
  const failures: string[] = [];
  const pending: Promise<void>[] = [];
  const began = performance.now();
  const dueAt = (index: number): number => began + (index * 1_000) / ratePerSecond;

  for (let index = 0; index < total; ) {
    for (; index < total && dueAt(index) <= performance.now(); index += 1) {
      const due = dueAt(index);
      pending.push(
        call(index).then(
          () => void latencies.push(performance.now() - due),
          (error: unknown) => void failures.push(String(error)),
        ),
      );
    }
    await sleep(1);
  }
  await Promise.all(pending);

  latencies.sort((a, b) => a - b);
  const at = (quantile: number): number =>
    Number(
      (latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * quantile))] ?? Number.NaN).toFixed(2),
    );
  return {
    ...{ calls: total, errors: failures.length, firstError: failures[0] ?? null },
    ...{ p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) },
  };
}
