import { toError } from '../common/errors.ts';
import type { Logger } from '../common/logger.ts';

/** Stops what was started: first the doors, then the rest, each in reverse order. */
export interface Lifecycle {
  /** Says how to stop something, right where it is started. `stop` is called once; once stopping, at once. */
  add(name: string, stop: () => Promise<void> | void): void;
  /** The same for what lets work in (HTTP, gRPC): doors are closed before anything that the work needs is stopped. */
  addDoor(name: string, stop: () => Promise<void> | void): void;
  /**
   * Stops everything, the newest first; each has the time that is left of the whole, and what fails or takes too long
   * does not keep the others. Later calls get the first one's promise.
   * @returns whether everything stopped well
   */
  stop(reason: string): Promise<boolean>;
  /** Aborted when stopping begins, for whatever waits. */
  readonly stopping: AbortSignal;
}

export interface LifecycleOptions {
  readonly logger: Logger;
  /** For the whole stop. Milliseconds, 10,000 by default: then an orchestrator kills. */
  readonly timeoutMs?: number;
}

interface Part {
  readonly name: string;
  readonly stop: () => Promise<void> | void;
}

export function createLifecycle({ logger, timeoutMs = 10_000 }: LifecycleOptions): Lifecycle {
  const doors: Part[] = [];
  const parts: Part[] = [];
  const abort = new AbortController();
  let stopped: Promise<boolean> | undefined;

  const stopOne = async ({ name, stop }: Part, leftMs: number): Promise<boolean> => {
    const late = Promise.withResolvers<'late'>();
    const timer = setTimeout(() => {
      late.resolve('late');
    }, leftMs);
    try {
      const ended = await Promise.race([stop(), late.promise]);
      if (ended === 'late') logger.error({ part: name, waited_ms: Math.round(leftMs) }, 'A part did not stop in time');
      return ended !== 'late';
    } catch (error) {
      logger.error({ part: name, err: toError(error) }, 'A part did not stop well');
      return false;
    } finally {
      clearTimeout(timer);
    }
  };

  const stopAll = async (reason: string): Promise<boolean> => {
    logger.info({ reason }, 'Stopping');
    abort.abort();
    const endMs = performance.now() + timeoutMs;
    let well = true;
    const next = (): Part | undefined => doors.pop() ?? parts.pop();
    for (let part = next(); part !== undefined; part = next()) {
      // Half of what is left for each, so that one that hangs leaves time for those after it.
      const leftMs = Math.max((endMs - performance.now()) / 2, 0);
      well = (await stopOne(part, leftMs)) && well;
    }
    logger.info({ well }, 'Stopped');
    return well;
  };

  const addTo = (list: Part[], part: Part): void => {
    if (stopped === undefined) list.push(part);
    else void stopOne(part, timeoutMs / 2);
  };

  return {
    add: (name, stop) => {
      addTo(parts, { name, stop });
    },
    addDoor: (name, stop) => {
      addTo(doors, { name, stop });
    },
    stop: (reason) => (stopped ??= stopAll(reason)),
    stopping: abort.signal,
  };
}

/**
 * Ends the process as an orchestrator expects: SIGTERM and SIGINT stop it in order (exit 0 when all stopped well, 1
 * otherwise; a second signal ends it at once), and an error nobody caught ends it with 1, since a process that goes on
 * after one is worse than none.
 */
export function endWithProcess(lifecycle: Lifecycle, logger: Logger): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (lifecycle.stopping.aborted) process.exit(1);
      void lifecycle.stop(signal).then((well) => process.exit(well ? 0 : 1));
    });
  }
  const crash = (origin: string) => (thrown: unknown) => {
    logger.error({ err: toError(thrown), origin, fatal: true }, 'The process ends after an error nobody caught');
    process.exit(1);
  };
  process.on('uncaughtException', crash('uncaughtException'));
  process.on('unhandledRejection', crash('unhandledRejection'));
}
