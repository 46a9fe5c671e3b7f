import type { Kafka } from 'kafkajs';
import { unavailable } from './errors.ts';
import { whileSettling } from './while-settling.ts';

/** Where the records of topics are, by their ends and their time; one question for all partitions of a topic. */
export interface TopicPositions {
  /** Offsets [low, high) that there are, by partition; none of a topic that does not exist. */
  ends(topic: string): Promise<ReadonlyMap<number, { readonly low: number; readonly high: number }>>;
  /** By partition, the offset of the first record of that time (milliseconds since the epoch) or later; else the end. */
  since(topic: string, timeMs: number): Promise<ReadonlyMap<number, number>>;
  close(): Promise<void>;
}

/** @throws DependencyUnavailableError, as every question does, when Kafka does not answer */
export async function connectTopicPositions(kafka: Kafka): Promise<TopicPositions> {
  const admin = kafka.admin();
  const asked = async <T>(call: () => Promise<T>): Promise<T> => {
    try {
      return await whileSettling(call);
    } catch (error) {
      throw unavailable(error);
    }
  };
  await asked(() => admin.connect());
  const existing = new Set(await asked(() => admin.listTopics()));
  return {
    ends: async (topic) => {
      if (!existing.has(topic)) return new Map();
      const found = await asked(() => admin.fetchTopicOffsets(topic));
      return new Map(found.map(({ partition, low, high }) => [partition, { low: Number(low), high: Number(high) }]));
    },
    since: async (topic, timeMs) => {
      const found = await asked(() => admin.fetchTopicOffsetsByTimestamp(topic, timeMs));
      return new Map(found.map(({ partition, offset }) => [partition, Number(offset)]));
    },
    close: () => admin.disconnect(),
  };
}
