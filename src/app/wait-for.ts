import { setTimeout as sleep } from 'node:timers/promises';
import { DependencyUnavailableError, isRetryable, toError } from '../common/errors.ts';
import type { Logger } from '../common/logger.ts';

export interface WaitForOptions {
  readonly logger: Logger;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  /** Gives up after this long; never by default. Milliseconds. */
  readonly timeoutMs?: number;
  /** Before the second attempt; doubles up to 5,000. Milliseconds, 200 by default. */
  readonly firstPauseMs?: number;
}

const longestPauseMs = 5_000;

/**
 * Calls until it succeeds: a server that is away when we start is waited for, as it would be if it went away later. It
 * says so after the 1st, 2nd, 4th, 8th … attempt, so that an hour's wait is a handful of lines.
 *
 * @throws what the call throws when that is not retryable: waiting would not help
 * @throws DependencyUnavailableError when `timeoutMs` or the signal ends the waiting
 */
export async function waitFor<Value>(
  dependency: string,
  call: () => Promise<Value>,
  { logger, signal, timeoutMs = Infinity, firstPauseMs = 200 }: WaitForOptions,
): Promise<Value> {
  const startedMs = performance.now();
  let nextLine = 1;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const value = await call();
      if (attempt > 1) logger.info({ dependency, attempts: attempt }, 'No longer waiting');
      return value;
    } catch (error) {
      if (!isRetryable(error)) throw error;
      const waitedMs = performance.now() - startedMs;
      if (signal.aborted || waitedMs > timeoutMs) {
        const facts = { attempts: attempt, waited_ms: Math.round(waitedMs) };
        throw new DependencyUnavailableError(dependency, { cause: error, facts });
      }
      if (attempt === nextLine) {
        nextLine *= 2;
        // A certificate or a password that is refused is told by the cause.
        const { message: reason, cause } = toError(error);
        const because = cause instanceof Error ? { cause: cause.message } : {};
        logger.warn({ dependency, attempts: attempt, reason, ...because }, 'Waiting for a server');
      }
      const pauseMs = Math.min(firstPauseMs * 2 ** (attempt - 1), longestPauseMs);
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
