import { createOfflineQueue, type MerchantDirectory, type MongoConnection } from '../adapters/mongo/index.ts';
import type { IngestCommand } from '../contracts/index.ts';
import {
  type CommandPublisher,
  type CommandSender,
  createBufferedPublisher,
  createQueueDrainer,
  createQueueKeeper,
  type OfflineQueue,
  type QueueMetrics,
} from '../ingress/index.ts';
import { type Check, failed, passed } from './health.ts';
import { late } from './late.ts';
import { createQueueMetrics } from './metrics/queue-metrics.ts';
import type { RoleContext } from './role.ts';
import { waitFor } from './wait-for.ts';

/** Publishing that goes on while Kafka is away. */
export interface Buffering {
  readonly publisher: CommandPublisher;
  /** Reaches into the queue: from now on commands may wait, and what waits is sent. Resolves once its store has answered. */
  start(connection: MongoConnection, merchants: Pick<MerchantDirectory, 'byId'>): Promise<void>;
  /** Whether commands can be taken: by Kafka, or while that is away by the queue. Then it fails as one that is optional. */
  check(isKafkaThere: () => Promise<boolean>): () => Promise<Check>;
}

export interface BufferingOptions {
  readonly sender: CommandSender;
  readonly encode: (command: IngestCommand) => Buffer;
}

/** A health check has 1 s in all. */
const kafkaAnswersWithinMs = 700;
/** The queue is looked at once a second. */
const freshForMs = 4_000;

const within = async (ms: number, answer: Promise<boolean>): Promise<boolean> => {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(resolve, ms, false);
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
};

type Seen = Parameters<QueueMetrics['seen']>[0] & { readonly seenAt: number };

/**
 * Until `start` has looked into the queue everything is refused. An instance is ready as long
 * as it can take commands: a balancer that took it out because Kafka is away would make the queue useless.
 */
export const createBuffering = (
  { config, logger, metrics, lifecycle, clock, newId, tracing }: RoleContext<'ingress'>,
  { sender, encode }: BufferingOptions,
): Buffering => {
  const queue = late<OfflineQueue>('MongoDB');
  const directory = late<Pick<MerchantDirectory, 'byId'>>('MongoDB');
  const toPrometheus = createQueueMetrics(metrics.registry, clock);
  let last: Seen | undefined;
  const queueMetrics: QueueMetrics = {
    count: (...event) => {
      toPrometheus.count(...event);
    },
    seen: (status) => {
      toPrometheus.seen(status);
      last = { ...status, seenAt: clock.now() };
    },
  };
  let drain = (): void => undefined;
  const buffered = createBufferedPublisher({
    ...{ sender, encode, metrics: queueMetrics, logger },
    queue: { put: async (...put) => queue.get().put(...put) },
    merchantOf: async (merchantId) => directory.get().byId(merchantId),
    ...(tracing && { traceparent: () => tracing.active()?.traceparent }),
    onBlocked: () => {
      drain();
    },
  });

  const queueCheck = (isKafkaThere: boolean): Check => {
    const kafka = isKafkaThere ? 'Kafka takes commands again' : 'Kafka is not available';
    if (last === undefined || clock.now() - last.seenAt > freshForMs) {
      return failed(`${kafka}, and the offline queue does not answer`);
    }
    const { waiting, limit } = last;
    const facts = { waiting, limit };
    if (waiting >= limit) return { ok: false, reason: `${kafka}, and the offline queue is full`, facts };
    return { ok: false, optional: true, reason: `${kafka}: commands wait in the offline queue`, facts };
  };

  return {
    publisher: {
      publish: async (...command) => {
        // Before it is known whether others wait, nothing may overtake them.
        queue.get();
        return buffered.publish(...command);
      },
    },
    check: (isKafkaThere) => async () => {
      const isThere = await within(kafkaAnswersWithinMs, isKafkaThere());
      return isThere && !buffered.isBehind ? passed : queueCheck(isThere);
    },
    start: async (connection, merchants) => {
      const instance = newId();
      const opened = createOfflineQueue({ connection, clock, instance, limit: config.offlineQueueLimit });
      const drainer = createQueueDrainer({
        ...{ queue: opened, sender, metrics: queueMetrics, logger, clock, random: Math.random },
      });
      const keeper = createQueueKeeper({ queue: opened, publisher: buffered, drainer, metrics: queueMetrics, logger });
      lifecycle.add('offline queue', () => keeper.stop());
      await waitFor('MongoDB', () => keeper.start(), { logger, signal: lifecycle.stopping });
      drain = () => void drainer.drain();
      directory.set(merchants);
      queue.set(opened);
    },
  };
};
