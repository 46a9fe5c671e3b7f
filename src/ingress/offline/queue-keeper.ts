import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { BufferedPublisher } from './buffered-publisher.ts';
import type { OfflineQueue, QueueMetrics } from '../ports.ts';
import type { QueueDrainer } from './queue-drainer.ts';

export interface QueueKeeperOptions {
  readonly queue: Pick<OfflineQueue, 'status'>;
  readonly publisher: Pick<BufferedPublisher, 'isBehind' | 'stayBehind' | 'turnBack'>;
  readonly drainer: QueueDrainer;
  readonly metrics: Pick<QueueMetrics, 'seen'>;
  readonly logger: Logger;
  /** How often the queue is looked at; 1,000 by default. */
  readonly everyMs?: number;
  /** How long commands may be held for a turn back to Kafka; 700 by default. */
  readonly turnWithinMs?: number;
}

export interface QueueKeeper {
  /** Looks for the first time: nothing may be published before. @throws DependencyUnavailableError */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const askEveryMs = 20;

/**
 * Keeps one instance in step with the queue that all share: has it drained while anything waits, stays behind it while
 * Kafka takes nothing from any instance (that is known a second late at most, so between instances the order is kept as
 * well as can be; within one it is strict), and turns back to Kafka when it is drained.
 */
export const createQueueKeeper = (options: QueueKeeperOptions): QueueKeeper => {
  const { queue, publisher, drainer, metrics, logger, everyMs = 1_000, turnWithinMs = 700 } = options;
  const stopping = new AbortController();
  let keeping: Promise<void> | undefined;
  let hasAnswered = true;

  const pause = (ms: number): Promise<unknown> =>
    sleep(ms, undefined, { signal: stopping.signal }).catch(() => undefined);

  /** Resolves when all that waits now, of whatever instance, is gone; what comes after it does not matter. */
  const untilDrained = async (ending: AbortSignal): Promise<boolean> => {
    const { lastArrival } = await queue.status();
    while (!ending.aborted) {
      const { oldest } = await queue.status();
      if (oldest === null || oldest.arrival > lastArrival) return true;
      void drainer.drain();
      await pause(askEveryMs);
    }
    return false;
  };

  /** Commands are held meanwhile, so a store that hangs must not make it any longer. */
  const isDrained = async (): Promise<boolean> => {
    const ending = AbortSignal.any([AbortSignal.timeout(turnWithinMs), stopping.signal]);
    const late = Promise.withResolvers<boolean>();
    ending.addEventListener('abort', () => late.resolve(false), { once: true });
    try {
      return await Promise.race([untilDrained(ending), late.promise]);
    } catch (error) {
      logger.debug({ err: error }, 'Whether the offline queue is drained is not known');
      return false;
    }
  };

  const look = async (): Promise<void> => {
    const status = await queue.status();
    metrics.seen(status);
    if (status.isBlocked) publisher.stayBehind();
    if (status.waiting > 0) void drainer.drain();
    if (!status.isBlocked && publisher.isBehind) await publisher.turnBack(isDrained);
  };

  const lookAndTell = async (): Promise<void> => {
    try {
      await look();
      if (!hasAnswered) logger.info({}, 'The offline queue is there again');
      hasAnswered = true;
    } catch (error) {
      if (hasAnswered) logger.warn({ code: errorCode(error), err: error }, 'The offline queue does not answer');
      hasAnswered = false;
    }
  };

  const keep = async (): Promise<void> => {
    for (;;) {
      await pause(everyMs);
      if (stopping.signal.aborted) return;
      await lookAndTell();
    }
  };

  return {
    start: async () => {
      await drainer.recount();
      const status = await queue.status();
      metrics.seen(status);
      if (status.waiting > 0) publisher.stayBehind();
      keeping ??= keep();
    },
    stop: async () => {
      stopping.abort();
      await drainer.stop();
      await keeping;
    },
  };
};
