import type { EachMessagePayload, Kafka } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRetryable, toError } from '../../../common/errors.ts';
import type { Logger } from '../../../common/logger.ts';
import type { Serde } from '../../../streams/index.ts';
import type { Conduct } from './conduct.ts';

/** A record that a stand-in has read. */
export interface ReadRecord<Value> {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly value: Value;
  /** The header, where there is one. */
  readonly correlationId: string | null;
}

/** A topic and what is done with its records, one after the other in each partition. */
export interface TopicWork {
  readonly topic: string;
  /** Does the work for one record; it may come again. @throws a retryable error: it is done again, until it is done */
  readonly work: (message: EachMessagePayload, mode: 'ok' | 'wrong') => Promise<void>;
}

/** `work` for records of one schema; one that cannot be read is told and passed over. */
export const topicWork = <Value>(
  topic: string,
  serde: Serde<Value>,
  logger: Logger,
  work: (record: ReadRecord<Value>, mode: 'ok' | 'wrong') => Promise<void>,
): TopicWork => ({
  topic,
  work: async ({ partition, message }, mode) => {
    const { offset, headers } = message;
    const bytes = message.value ?? Buffer.alloc(0);
    await serde.prepare?.([bytes]);
    let value: Value;
    try {
      value = serde.deserialize(bytes);
    } catch (error) {
      logger.warn({ topic, partition, offset, err: toError(error) }, 'A record cannot be read, and is passed over');
      return;
    }
    const correlationId = headers?.['correlation_id']?.toString() ?? null;
    await work({ topic, partition, offset, value, correlationId }, mode);
  },
});

export interface ReadTopicsOptions {
  readonly kafka: Kafka;
  readonly groupId: string;
  readonly topics: readonly TopicWork[];
  readonly conduct: Conduct;
  readonly logger: Logger;
}

export interface TopicsReading {
  /** What was begun and not finished comes again. */
  close(): Promise<void>;
}

const retryPauseMs = 500;

/**
 * Reads topics from their beginning as a consumer group of the service that is stood in for, as it is told to behave;
 * resolves when the group has formed. Offsets are committed behind the work: after a kill some of it is done again.
 */
export const readTopics = async (options: ReadTopicsOptions): Promise<TopicsReading> => {
  const { kafka, groupId, topics, conduct, logger } = options;
  const stopping = new AbortController();
  const consumer = kafka.consumer({ groupId, sessionTimeout: 10_000, maxWaitTimeInMs: 1_000 });
  const works = new Map(topics.map(({ topic, work }) => [topic, work]));
  const joined = Promise.withResolvers<null>();
  consumer.on(consumer.events.GROUP_JOIN, () => {
    joined.resolve(null);
  });

  const untilDone = async (payload: EachMessagePayload): Promise<void> => {
    for (;;) {
      const mode = await conduct.turn(stopping.signal, () => payload.heartbeat());
      try {
        await works.get(payload.topic)?.(payload, mode);
        return;
      } catch (error) {
        if (!isRetryable(error)) throw error;
        const correlation_id = payload.message.headers?.['correlation_id']?.toString();
        logger.warn({ topic: payload.topic, correlation_id, err: toError(error) }, 'Not done yet, tried again');
        await sleep(retryPauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
        await payload.heartbeat();
      }
    }
  };

  await consumer.connect();
  await consumer.subscribe({ topics: topics.map(({ topic }) => topic), fromBeginning: true });
  await consumer.run({
    autoCommitThreshold: 20,
    autoCommitInterval: 500,
    partitionsConsumedConcurrently: 4,
    eachMessage: (payload) =>
      untilDone(payload).catch((error: unknown) => {
        // Thrown on, the record stays uncommitted.
        if (!stopping.signal.aborted) logger.error({ err: toError(error) }, 'The work of a record failed');
        throw error;
      }),
  });
  await joined.promise;
  return {
    close: async () => {
      stopping.abort();
      await consumer.disconnect();
    },
  };
};
