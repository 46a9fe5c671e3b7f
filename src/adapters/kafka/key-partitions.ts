import type { Kafka } from 'kafkajs';
import { DependencyUnavailableError } from '../../common/errors.ts';
import { unavailable } from './errors.ts';
import { murmur2 } from './murmur2.ts';

/**
 * How many partitions a topic has; at least one.
 * @throws DependencyUnavailableError when the cluster does not tell, or does not know the topic
 */
export const fetchPartitionCount = async (kafka: Kafka, topic: string): Promise<number> => {
  const admin = kafka.admin({ retry: { retries: 3 } });
  try {
    await admin.connect();
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    const count = topics[0]?.partitions.length ?? 0;
    if (count === 0) throw new DependencyUnavailableError('Kafka', { facts: { topic, partitions: count } });
    return count;
  } catch (error) {
    throw unavailable(error, { topic });
  } finally {
    // What the answer was does not depend on how the connection ends.
    await admin.disconnect().catch(() => undefined);
  }
};

/**
 * The partition of a key: murmur2 over its bytes, as every Kafka client by default, so that whoever writes a key writes
 * it to the same place. Without a key it is always 0: to spread those over all partitions is the caller's business.
 */
export const partitionOf = (key: Buffer | null, partitions: number): number =>
  key === null ? 0 : (murmur2(key) & 0x7fffffff) % partitions;

/** The partition of a key that is text: of its UTF-8 bytes. */
export const partitionOfKey = (key: string, partitions: number): number => partitionOf(Buffer.from(key), partitions);
