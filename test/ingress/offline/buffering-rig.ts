import { randomUUID } from 'node:crypto';
import { DependencyUnavailableError } from '../../../src/common/errors.ts';
import type { IngestCommand } from '../../../src/contracts/index.ts';
import { createBufferedPublisher } from '../../../src/ingress/offline/buffered-publisher.ts';
import type { CommandSender, QueueEvent, QueueMetrics, QueueStatus } from '../../../src/ingress/ports.ts';
import { createQueueDrainer, type QueueDrainerOptions } from '../../../src/ingress/offline/queue-drainer.ts';
import { fakeOfflineQueue } from '../../support/fake-offline-queue.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { orderCommand } from './queued-commands.ts';
import { usdMerchant } from '../webhooks/rig.ts';

/** Kafka as a list: what it takes, it has. */
export interface FakeKafka extends CommandSender {
  readonly log: string[];
  /** The traceparent of each. */
  readonly traces: (string | undefined)[];
  isAway: boolean;
  /** Takes what it is sent, and its answer is lost. */
  isSilent: boolean;
  /** A send waits for it before it is decided. */
  slow: Promise<unknown>;
}

const fakeKafka = (): FakeKafka => {
  const kafka: FakeKafka = {
    log: [],
    traces: [],
    isAway: false,
    isSilent: false,
    slow: Promise.resolve(),
    send: async (commands, deadline) => {
      await kafka.slow;
      if (kafka.isAway || deadline.aborted) throw new DependencyUnavailableError('Kafka');
      kafka.log.push(...commands.map(({ value }) => value.toString()));
      kafka.traces.push(...commands.map((command) => command.traceparent));
      if (kafka.isSilent) throw new DependencyUnavailableError('Kafka');
    },
  };
  return kafka;
};

const countingMetrics = (): QueueMetrics & {
  readonly counts: Partial<Record<QueueEvent, number>>;
  last?: QueueStatus;
} => {
  const counts: Partial<Record<QueueEvent, number>> = {};
  const metrics: ReturnType<typeof countingMetrics> = {
    counts,
    count: (event, commands) => {
      counts[event] = (counts[event] ?? 0) + commands;
    },
    seen: (status) => {
      metrics.last = status;
    },
  };
  return metrics;
};

/** One instance's way to Kafka with fakes behind its ports; a command's bytes are its event id. */
export const createBufferingRig = (
  drainerOptions: Partial<QueueDrainerOptions> = {},
  traceparent?: () => string | undefined,
) => {
  const kafka = fakeKafka();
  const queue = fakeOfflineQueue();
  const metrics = countingMetrics();
  const logger = recordingLogger();
  const clock = { now: () => queue.nowMs };
  const blocked: number[] = [];
  const publisher = createBufferedPublisher({
    ...{ sender: kafka, queue, metrics, logger },
    encode: ({ event_id }) => Buffer.from(event_id),
    merchantOf: async (merchantId) => (merchantId === usdMerchant.merchantId ? usdMerchant : undefined),
    onBlocked: () => blocked.push(1),
    ...(traceparent && { traceparent }),
  });
  const drainer = createQueueDrainer({
    ...{ queue, sender: kafka, metrics, logger, clock, random: () => 0, firstPauseMs: 5, longestPauseMs: 40 },
    ...drainerOptions,
  });
  const publish = (eventId: string = randomUUID(), changes: Partial<IngestCommand> = {}) =>
    publisher.publish(orderCommand(usdMerchant.merchantId, { event_id: eventId, ...changes }));
  const waiting = () => queue.waiting().map(({ event_id }) => event_id);
  return { kafka, queue, metrics, logger, publisher, drainer, publish, waiting, blocked };
};
