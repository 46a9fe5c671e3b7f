import type { Clock } from '../../common/clock.ts';
import { CircuitOpenError } from './errors.ts';

/** `half-open` while one call tries whether it works again. */
export type CircuitState = 'closed' | 'open' | 'half-open';

export interface CircuitBreaker {
  /**
   * Makes the call, unless too many failed of late. While one call tries whether it works again, the others wait for
   * what becomes of it.
   * @throws CircuitOpenError when it is not made; what it throws itself otherwise
   */
  run<Value>(call: () => Promise<Value>): Promise<Value>;
  state(): CircuitState;
}

export interface CircuitBreakerOptions {
  /** As errors name it. */
  readonly dependency: string;
  readonly clock: Clock;
  /** Whether a rejection tells that the dependency is not well; all others count as an answer. */
  readonly isFailure: (error: unknown) => boolean;
  /** It opens once so many of the last `outOf` calls have failed; 10 by default. */
  readonly failures?: number;
  /** 20 by default. */
  readonly outOf?: number;
  /** How a call ended counts so long. Milliseconds, 10,000 by default. */
  readonly countedForMs?: number;
  /** How long no calls are made. Milliseconds, 500 by default: less than whoever comes back after a second has waited. */
  readonly openMs?: number;
  readonly onChange?: (state: CircuitState) => void;
}

interface Ending {
  readonly at: number;
  readonly failed: boolean;
}

/** Spares a dependency that is not well, and its callers the wait: after many failures calls fail at once for a while. */
export function createCircuitBreaker(options: CircuitBreakerOptions): CircuitBreaker {
  const { dependency, clock, isFailure, failures = 10, outOf = 20, countedForMs = 10_000, openMs = 500 } = options;
  let state: CircuitState = 'closed';
  let endings: Ending[] = [];
  let nextTryAt = 0;
  let trial: Promise<null> | undefined;

  const change = (next: CircuitState): void => {
    state = next;
    endings = [];
    if (next === 'open') nextTryAt = clock.now() + openMs;
    options.onChange?.(next);
  };

  const count = (failed: boolean, countedIn: readonly Ending[]): void => {
    // A call that began before the last change tells nothing of what has been since.
    if (endings !== countedIn) return;
    const at = clock.now();
    endings.push({ at, failed });
    while (endings.length > outOf || (endings[0]?.at ?? at) < at - countedForMs) endings.shift();
    if (endings.filter((ending) => ending.failed).length >= failures) change('open');
  };

  const counted = async <Value>(call: () => Promise<Value>): Promise<Value> => {
    const countedIn = endings;
    try {
      const value = await call();
      count(false, countedIn);
      return value;
    } catch (error) {
      count(isFailure(error), countedIn);
      throw error;
    }
  };

  const tried = async <Value>(call: () => Promise<Value>): Promise<Value> => {
    const { promise, resolve } = Promise.withResolvers<null>();
    trial = promise;
    change('half-open');
    try {
      const value = await call();
      change('closed');
      return value;
    } catch (error) {
      change(isFailure(error) ? 'open' : 'closed');
      throw error;
    } finally {
      trial = undefined;
      resolve(null);
    }
  };

  return {
    async run(call) {
      while (trial !== undefined) await trial;
      if (state === 'closed') return counted(call);
      if (clock.now() < nextTryAt) throw new CircuitOpenError(dependency);
      return tried(call);
    },
    state: () => state,
  };
}
