import type { Kafka } from 'kafkajs';
import type { Logger } from '../../common/logger.ts';
import { within } from './deadline.ts';
import { unavailable } from './errors.ts';
import { kafkajs } from './kafkajs.ts';
import type { LaneConnection } from './partition-lane.ts';

export interface LaneConnectionOptions {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly logger: Logger;
  /** For connecting and sending together. */
  readonly sendTimeoutMs: number;
}

/** The lane itself sends again what failed, over a new producer that asks anew who leads the partition. */
const noRetry = { retries: 0 };

/**
 * A producer for one partition: acks from all in-sync replicas, without idempotence, whose sequence numbers kafkajs does
 * not keep right over a broker's restart (a record stored twice is absorbed downstream).
 */
export const openLaneConnection = ({ kafka, topic, logger, sendTimeoutMs }: LaneConnectionOptions): LaneConnection => {
  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    retry: noRetry,
  });
  let connected: Promise<void> | undefined;
  const connect = (): Promise<void> => (connected ??= producer.connect());
  const inTime = async (call: () => Promise<unknown>): Promise<void> => {
    try {
      await within(sendTimeoutMs, call());
    } catch (error) {
      throw unavailable(error, { topic });
    }
  };
  return {
    connect: () => inTime(connect),
    send: (messages) =>
      inTime(async () => {
        await connect();
        await producer.send({ topic, acks: -1, timeout: sendTimeoutMs, messages: [...messages] });
      }),
    close: () => {
      // A broker that does not answer does not answer this either, and nobody need wait for it.
      producer.disconnect().catch((error: unknown) => logger.debug({ err: error }, 'Producer did not disconnect'));
    },
  };
};
