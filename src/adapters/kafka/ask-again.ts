import { setTimeout as sleep } from 'node:timers/promises';
import { protocolTypeOf } from './errors.ts';

export interface Patience {
  /** The broker's answers that are worth asking again after. */
  readonly types: ReadonlySet<string>;
  readonly withinMs: number;
  readonly pauseMs: number;
  /** Each pause is twice as long as the one before, up to here; by default all are the same. */
  readonly maxPauseMs?: number;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
}

/** @throws what the call throws otherwise, or once time is up; or the signal's reason, as an `AbortError` */
export async function askAgain<T>(call: () => Promise<T>, patience: Patience): Promise<T> {
  const { types, withinMs, maxPauseMs = patience.pauseMs, signal } = patience;
  const deadline = performance.now() + withinMs;
  for (let pauseMs = patience.pauseMs; ; pauseMs = Math.min(pauseMs * 2, maxPauseMs)) {
    try {
      return await call();
    } catch (error) {
      if (!types.has(protocolTypeOf(error) ?? '') || performance.now() > deadline) throw error;
      await sleep(pauseMs, undefined, signal === undefined ? {} : { signal });
    }
  }
}
