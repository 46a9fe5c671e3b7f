import { DependencyUnavailableError } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { IngestCommand } from '../../contracts/index.ts';
import type { MerchantSettings } from '../../domain/index.ts';
import { estimatePoints } from './estimate-points.ts';
import type {
  CommandPublisher,
  CommandSender,
  EncodedCommand,
  KnownAmount,
  OfflineQueue,
  PublishOutcome,
  QueueMetrics,
} from '../ports.ts';

export interface BufferedPublisherOptions {
  readonly sender: CommandSender;
  readonly queue: Pick<OfflineQueue, 'put'>;
  /** A command as the topic holds it; what it throws, `publish` rejects with: nothing is buffered then. */
  readonly encode: (command: IngestCommand) => Buffer;
  /** Undefined for an unknown merchant. @throws DependencyUnavailableError */
  readonly merchantOf: (merchantId: string) => Promise<MerchantSettings | undefined>;
  readonly metrics: QueueMetrics;
  readonly logger: Logger;
  /** Of the publish under way, where that is traced. */
  readonly traceparent?: () => string | undefined;
  /** Hears of each command that Kafka did not take, so that sending begins at once when it does. */
  readonly onBlocked?: () => void;
  /**
   * How long Kafka may take; 2,500 by default. A webhook has 5 s in all: a turn back of 700 ms, this and 1,200 ms for the
   * queue leave some for the rest.
   */
  readonly deadlineMs?: number;
}

export interface BufferedPublisher extends CommandPublisher {
  /** Whether commands go to the queue, so that none overtakes those that wait. */
  readonly isBehind: boolean;
  /** From now on commands go to the queue. */
  stayBehind(): void;
  /**
   * Holds what comes, lets what is on its way to the queue get there, and asks; yes turns commands to Kafka again. What was
   * held goes wherever commands go then.
   */
  turnBack(isDrained: () => Promise<boolean>): Promise<boolean>;
}

/**
 * Publishes commands to Kafka, and while that takes none, to the offline queue. As soon as one of this instance waits, all
 * that come after it go behind it, until the queue was seen to be empty of them: what was answered before something else
 * came is published before it. An outcome that is not known counts as not published: a repeat is absorbed downstream.
 */
export const createBufferedPublisher = (options: BufferedPublisherOptions): BufferedPublisher => {
  const { sender, queue, encode, merchantOf, metrics, logger, deadlineMs = 2_500 } = options;
  const putting = new Set<Promise<PublishOutcome>>();
  let isBehind = false;
  /** How often `stayBehind` was called. */
  let turns = 0;
  let held: Promise<unknown> | undefined;

  const stayBehind = (): void => {
    if (!isBehind) logger.warn({}, 'Commands wait in the offline queue from now on');
    isBehind = true;
    turns += 1;
  };

  const refuse = (event: 'refused_full' | 'refused_no_estimate', command: IngestCommand, cause: unknown): never => {
    metrics.count(event, 1);
    const { merchant_id, event_id, correlation_id } = command;
    logger.warn({ merchant_id, event_id, correlation_id, reason: event }, 'A command cannot wait in the offline queue');
    throw new DependencyUnavailableError('Kafka', { cause, facts: { queue: event } });
  };

  /** @param cause why Kafka did not take it; undefined where it was not asked */
  const buffer = async (
    command: IngestCommand,
    encoded: EncodedCommand,
    known: KnownAmount | undefined,
    cause?: DependencyUnavailableError,
  ): Promise<PublishOutcome> => {
    const merchant = await merchantOf(command.merchant_id);
    const estimate = merchant === undefined ? undefined : estimatePoints(command, merchant, known);
    // The queue holds what moves points; for anything else its sender comes again, as it would if the queue were full.
    if (estimate === undefined) return refuse('refused_no_estimate', command, cause);
    const { event_id, customer_id, locale } = command;
    const entry = { ...encoded, ...estimate, event_id, customer_id, locale };
    const outcome = await queue.put(entry, cause !== undefined);
    // Also where it is full: then others wait.
    stayBehind();
    if (cause !== undefined) options.onBlocked?.();
    if (outcome === 'full') return refuse('refused_full', command, cause);
    if (outcome === 'taken') metrics.count('buffered', 1);
    return 'buffered';
  };

  const put: typeof buffer = async (...args) => {
    const outcome = buffer(...args);
    putting.add(outcome);
    try {
      return await outcome;
    } finally {
      putting.delete(outcome);
    }
  };

  const publish: CommandPublisher['publish'] = async (command, known) => {
    const { merchant_id, correlation_id, schema_version } = command;
    const traceparent = options.traceparent?.();
    const encoded = { merchant_id, correlation_id, schema_version, value: encode(command), traceparent };
    if (held !== undefined) await held;
    if (isBehind) return put(command, encoded, known);
    try {
      await sender.send([encoded], AbortSignal.timeout(deadlineMs));
      return 'published';
    } catch (error) {
      if (error instanceof DependencyUnavailableError) return put(command, encoded, known, error);
      throw error;
    }
  };

  return {
    get isBehind() {
      return isBehind;
    },
    stayBehind,
    publish,
    turnBack: async (isDrained) => {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      held = promise;
      try {
        await Promise.allSettled(putting);
        const before = turns;
        // A command that Kafka has been trying since before the turn may have been put meanwhile.
        isBehind = !(await isDrained()) || turns !== before;
        if (!isBehind) logger.info({}, 'Commands go to Kafka again');
        return !isBehind;
      } finally {
        held = undefined;
        resolve(undefined);
      }
    },
  };
};
