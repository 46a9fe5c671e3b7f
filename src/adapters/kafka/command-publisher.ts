import type { Kafka, Message } from 'kafkajs';
import type { Clock } from '../../common/clock.ts';
import { DependencyUnavailableError } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { IngestCommand } from '../../contracts/index.ts';
import type { CommandPublisher, CommandSender, EncodedCommand } from '../../ingress/ports.ts';
import { before, within } from './deadline.ts';
import { fetchPartitionCount, partitionOfKey } from './key-partitions.ts';
import { openLaneConnection } from './lane-connection.ts';
import { createPartitionLane, type PartitionLane } from './partition-lane.ts';

export interface CommandPublisherOptions {
  readonly kafka: Kafka;
  readonly topic: string;
  /** A command as the topic holds it; what it throws, `publish` rejects with. */
  readonly encode: (command: IngestCommand) => Buffer;
  readonly logger: Logger;
  /** Stamps records with when they were received. */
  readonly clock: Clock;
  /** Of the publish under way, where that is traced. */
  readonly traceparent?: () => string | undefined;
  /** How long a publish may take before its outcome counts as unknown; 4,000 by default: a webhook has 5 s in all. */
  readonly deadlineMs?: number;
  /** How long a lone record waits for company; 5 by default. */
  readonly lingerMs?: number;
  /** How long one send may take before it is made anew; 1,500 by default, and twice that after a failure. */
  readonly sendTimeoutMs?: number;
  /** How many publishes may be under way; 10,000 by default. One more is refused at once. */
  readonly maxPending?: number;
}

export interface KafkaCommandPublisher extends CommandPublisher, CommandSender {
  /** Connects to every partition ahead; where this is not done, or fails, `publish` does. @throws DependencyUnavailableError */
  connect(): Promise<void>;
  /** Whether the cluster answers for the topic now; never throws. */
  isHealthy(): Promise<boolean>;
  /** Takes nothing more, waits until everything under way has its outcome, and disconnects. */
  close(): Promise<void>;
}

const retryPauseMs = 100;
const maxBatchRecords = 1_000;
/** A broker takes 1 MiB a batch by default; half of it leaves room for headers and overhead. */
const maxBatchBytes = 512 * 1024;
/** Key, headers and framing of one record, generously. */
const overheadBytes = 512;

const messageOf = (command: EncodedCommand, partition: number, receivedAtMs: number): Message => ({
  key: command.merchant_id,
  value: command.value,
  partition,
  timestamp: String(receivedAtMs),
  headers: {
    ...{ correlation_id: command.correlation_id, schema_version: command.schema_version },
    ...(command.traceparent !== undefined && { traceparent: command.traceparent }),
  },
});

/**
 * Publishes commands, keyed by merchant: gathers what comes at the same time, and sends each partition by itself, since
 * a send that spans brokers loses records when one restarts. After a broker's restart it goes on by itself.
 */
export const createCommandPublisher = (options: CommandPublisherOptions): KafkaCommandPublisher => {
  const { kafka, topic, logger, clock, encode } = options;
  const { deadlineMs = 4_000, lingerMs = 5, sendTimeoutMs = 1_500, maxPending = 10_000 } = options;
  const lanes = new Map<number, PartitionLane>();
  const sending = new Set<Promise<void>>();
  let pending = 0;
  let counting: Promise<number> | undefined;
  let isClosed = false;

  /** Asked once, and again only where that failed: the number of partitions never changes. */
  const partitionCount = (): Promise<number> => {
    counting ??= fetchPartitionCount(kafka, topic).catch((error: unknown) => {
      counting = undefined;
      throw error;
    });
    return counting;
  };

  const laneOf = (partition: number): PartitionLane => {
    const known = lanes.get(partition);
    if (known !== undefined) return known;
    // More patience after a failure: what is too slow for now, not away, would never get done otherwise.
    const open = (failures: number) => {
      const timeoutMs = failures === 0 ? sendTimeoutMs : 2 * sendTimeoutMs;
      return openLaneConnection({ kafka, topic, logger, sendTimeoutMs: timeoutMs });
    };
    const limits = { lingerMs, retryPauseMs, maxBatchRecords, maxBatchBytes };
    const lane = createPartitionLane({ partition, open, logger, ...limits });
    lanes.set(partition, lane);
    return lane;
  };

  const storeAll = async (commands: readonly EncodedCommand[], deadline: AbortSignal): Promise<void> => {
    const receivedAtMs = clock.now();
    const partitions = await before(deadline, partitionCount());
    await Promise.all(
      commands.map((command) => {
        const partition = partitionOfKey(command.merchant_id, partitions);
        const message = messageOf(command, partition, receivedAtMs);
        return laneOf(partition).store(message, command.value.length + overheadBytes, deadline);
      }),
    );
  };

  const send: CommandSender['send'] = async (commands, deadline) => {
    if (isClosed || pending >= maxPending) {
      throw new DependencyUnavailableError('Kafka', { facts: { topic, pending, closed: isClosed } });
    }
    pending += commands.length;
    const outcome = storeAll(commands, deadline).finally(() => {
      pending -= commands.length;
      sending.delete(outcome);
    });
    sending.add(outcome);
    await outcome;
  };

  return {
    connect: async () => {
      const partitions = Array.from({ length: await partitionCount() }, (_, partition) => partition);
      await Promise.all(partitions.map((partition) => laneOf(partition).connect()));
    },
    publish: async (command) => {
      const encoded = { ...command, value: encode(command), traceparent: options.traceparent?.() };
      await send([encoded], AbortSignal.timeout(deadlineMs));
      return 'published';
    },
    send,
    isHealthy: async () => {
      try {
        await within(sendTimeoutMs, fetchPartitionCount(kafka, topic));
        return true;
      } catch (error) {
        logger.debug({ err: error }, 'Kafka does not answer');
        return false;
      }
    },
    close: async () => {
      isClosed = true;
      await Promise.allSettled(sending);
      for (const lane of lanes.values()) lane.close();
    },
  };
};
