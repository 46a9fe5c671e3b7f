import kafkajs, { type Kafka } from 'kafkajs';
import { DependencyUnavailableError } from '../../common/errors.ts';
import { unavailable } from './errors.ts';

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

const partitioner = kafkajs.Partitioners.DefaultPartitioner();

/**
 * The partition of a key: murmur2 over its UTF-8 bytes, as every Kafka client by default, so that whoever writes a key
 * writes it to the same place.
 */
export const partitionOfKey = (key: string, partitionCount: number): number =>
  partitioner({
    topic: '',
    // For a record with a key it looks at nothing but how many there are.
    partitionMetadata: Array.from({ length: partitionCount }, (_, partitionId) => ({
      partitionErrorCode: 0,
      partitionId,
      leader: 0,
      replicas: [],
      isr: [],
    })),
    message: { key, value: null },
  });
