import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../common/clock.ts';
import { DependencyUnavailableError, errorCode } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { CommandSender, OfflineQueue, QueueMetrics, WaitingCommand } from '../ports.ts';
import { type RetryPauses, retryPauseMs } from './retry-pause.ts';

export interface QueueDrainerOptions extends Partial<RetryPauses> {
  readonly queue: Omit<OfflineQueue, 'put' | 'status'>;
  readonly sender: CommandSender;
  readonly metrics: Pick<QueueMetrics, 'count'>;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: () => number;
  /** 500 by default. */
  readonly batchSize?: number;
  /** For one batch; 8,000 by default: Kafka may be slow when it has just come back. */
  readonly deadlineMs?: number;
  /**
   * What has waited so long and still cannot be sent is given up; 23.5 hours by default: half an hour before the store
   * would remove it without a word.
   */
  readonly expireAfterMs?: number;
}

export interface QueueDrainer {
  /**
   * Sends what waits, in order, until nothing does, another instance does it, or the queue's store is away. While Kafka
   * takes nothing it tries again, after longer and longer pauses. Never rejects; calls meanwhile get the same promise.
   */
  drain(): Promise<void>;
  /** Puts the number of waiting commands right, and tells of those that are gone. @throws DependencyUnavailableError */
  recount(): Promise<void>;
  /** Gives up what is under way, which stays in the queue; nothing is sent afterwards. */
  stop(): Promise<void>;
}

const hourMs = 60 * 60 * 1_000;

/**
 * Brings the offline queue to Kafka: first sent, then removed, so that a crash in between sends a batch twice and loses
 * none (a repeat is absorbed downstream). One instance does it at a time, so that the order is kept.
 */
export const createQueueDrainer = (options: QueueDrainerOptions): QueueDrainer => {
  const { queue, sender, metrics, logger, clock, random } = options;
  const { batchSize = 500, deadlineMs = 8_000, expireAfterMs = 23.5 * hourMs } = options;
  const pauses = {
    random,
    firstPauseMs: options.firstPauseMs ?? 250,
    longestPauseMs: options.longestPauseMs ?? 10_000,
  };
  const stopping = new AbortController();
  const isStopping = (): boolean => stopping.signal.aborted;
  let draining: Promise<void> | undefined;
  /** In a row, also over several runs. */
  let failures = 0;

  const sent = async (batch: readonly WaitingCommand[]): Promise<boolean> => {
    try {
      await sender.send(batch, AbortSignal.any([AbortSignal.timeout(deadlineMs), stopping.signal]));
      return true;
    } catch (error) {
      if (!(error instanceof DependencyUnavailableError)) throw error;
      return false;
    }
  };

  const expire = async (batch: readonly WaitingCommand[]): Promise<void> => {
    const old = batch.filter(({ createdAt }) => clock.now() - createdAt > expireAfterMs);
    if (old.length === 0) return;
    metrics.count('expired', await queue.remove(old));
    for (const { merchant_id, event_id, correlation_id, attempts } of old) {
      const fields = { merchant_id, event_id, correlation_id, attempts };
      logger.error(fields, 'A command waited too long for Kafka and is given up');
    }
  };

  /** Nothing but `remove` takes commands out, except for the store's own time to live while no instance runs. */
  const recount = async (): Promise<void> => {
    const vanished = await queue.recount();
    if (vanished === 0) return;
    metrics.count('expired', vanished);
    logger.error({ commands: vanished }, 'Commands were removed from the offline queue by their time to live');
  };

  const afterFailure = async (batch: readonly WaitingCommand[]): Promise<void> => {
    failures += 1;
    await queue.countAttempt(batch);
    await expire(batch);
    await recount();
    const pauseMs = retryPauseMs(failures, pauses);
    // Once for the 1st, 2nd, 4th, 8th … of a row: an outage of an hour is a handful of lines.
    if (Number.isInteger(Math.log2(failures))) {
      logger.warn({ failures, pause_ms: Math.round(pauseMs) }, 'Kafka does not take what waits in the offline queue');
    }
    // The lease is to outlast the pause.
    await queue.hold();
    await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
  };

  const afterSuccess = async (batch: readonly WaitingCommand[]): Promise<number> => {
    failures = 0;
    const removed = await queue.remove(batch);
    metrics.count('drained', removed);
    if (batch.length < batchSize) await queue.unblock();
    return removed;
  };

  /** @returns how many it has drained */
  const run = async (): Promise<number> => {
    let drained = 0;
    while (!isStopping() && (await queue.hold())) {
      const batch = await queue.first(batchSize);
      if (batch.length === 0) {
        await recount();
        await queue.unblock();
        await queue.letGo();
        return drained;
      }
      if (await sent(batch)) drained += await afterSuccess(batch);
      else if (!isStopping()) await afterFailure(batch);
    }
    if (isStopping()) await queue.letGo();
    return drained;
  };

  const tell = async (): Promise<void> => {
    try {
      const drained = await run();
      if (drained > 0) logger.info({ commands: drained }, 'Commands of the offline queue were sent');
    } catch (error) {
      logger.warn({ code: errorCode(error), err: error }, 'The offline queue cannot be drained now');
    }
  };

  const drain = (): Promise<void> => {
    if (isStopping()) return Promise.resolve();
    draining ??= tell().finally(() => (draining = undefined));
    return draining;
  };
  return {
    drain,
    recount,
    stop: async () => {
      stopping.abort();
      await draining;
    },
  };
};
