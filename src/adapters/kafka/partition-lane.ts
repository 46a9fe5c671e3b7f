import { setTimeout as pause } from 'node:timers/promises';
import type { Message } from 'kafkajs';
import { DependencyUnavailableError, errorCode } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';

/** Sends to one partition. A failed send ends it: another is opened for the next one. */
export interface LaneConnection {
  /** Connects ahead of the first send. */
  connect(): Promise<void>;
  /** Resolves when all in-sync replicas hold the messages. */
  send(messages: readonly Message[]): Promise<void>;
  close(): void;
}

export interface PartitionLaneOptions {
  readonly partition: number;
  /** @param failures how many sends have failed since one succeeded, so that patience can grow */
  readonly open: (failures: number) => LaneConnection;
  readonly logger: Logger;
  /** How long a lone record waits for company. */
  readonly lingerMs: number;
  /** Between a failed send and the next: once this after the first failure, twice after the second, up to five times. */
  readonly retryPauseMs: number;
  readonly maxBatchRecords: number;
  readonly maxBatchBytes: number;
}

export interface PartitionLane {
  /** Connects ahead of the first record. @throws DependencyUnavailableError when that fails; the first record tries anew */
  connect(): Promise<void>;
  /**
   * Resolves once all in-sync replicas hold the message.
   * @param bytes about what it takes in a batch
   * @throws DependencyUnavailableError when the deadline comes first; then it is not sent again, but may be stored
   */
  store(message: Message, bytes: number, deadline: AbortSignal): Promise<void>;
  close(): void;
}

const longestPause = 5;

interface Waiting {
  readonly message: Message;
  readonly bytes: number;
  readonly stored: () => void;
}

/**
 * The records of one partition, sent in batches, one send at a time. Meanwhile new ones gather, so batches grow as the
 * broker gets slower. A failed batch is sent again, with what has come since, for as long as somebody waits for it.
 */
export const createPartitionLane = (options: PartitionLaneOptions): PartitionLane => {
  const { partition, logger } = options;
  /** In the order they came; those of the batch under way are still among them. */
  const waiting = new Set<Waiting>();
  let connection: LaneConnection | undefined;
  let isRunning = false;
  let failures = 0;

  const nextBatch = (): readonly Waiting[] => {
    const batch: Waiting[] = [];
    let bytes = 0;
    for (const record of waiting) {
      bytes += record.bytes;
      if (batch.length > 0 && (bytes > options.maxBatchBytes || batch.length === options.maxBatchRecords)) break;
      batch.push(record);
    }
    return batch;
  };

  const hangUp = (): void => {
    connection?.close();
    connection = undefined;
  };

  const connected = (): LaneConnection => (connection ??= options.open(failures));

  const send = async (batch: readonly Waiting[]): Promise<void> => {
    await connected().send(batch.map(({ message }) => message));
    for (const record of batch) record.stored();
    if (failures > 0) logger.info({ partition, failures }, 'Partition takes records again');
    failures = 0;
  };

  const tryAgainLater = async (error: unknown): Promise<void> => {
    hangUp();
    // Once for each outage: it is tried many times a second.
    if (failures === 0) logger.warn({ partition, code: errorCode(error), err: error }, 'Partition takes no records');
    failures += 1;
    await pause(options.retryPauseMs * Math.min(failures, longestPause));
  };

  const run = async (): Promise<void> => {
    isRunning = true;
    await pause(options.lingerMs);
    while (waiting.size > 0) await send(nextBatch()).catch(tryAgainLater);
    isRunning = false;
  };

  return {
    connect: () => connected().connect(),
    store: async (message, bytes, deadline) => {
      const { promise, resolve, reject } = Promise.withResolvers<'stored'>();
      const record: Waiting = { message, bytes, stored: () => resolve('stored') };
      const expire = (): void => reject(new DependencyUnavailableError('Kafka', { facts: { partition } }));
      deadline.addEventListener('abort', expire, { once: true });
      if (deadline.aborted) expire();
      waiting.add(record);
      if (!isRunning) void run();
      try {
        await promise;
      } finally {
        waiting.delete(record);
        deadline.removeEventListener('abort', expire);
      }
    },
    close: hangUp,
  };
};
