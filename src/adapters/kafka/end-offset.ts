import { DependencyUnavailableError } from '../../common/errors.ts';
import type { TopicPartition } from '../../streams/ports.ts';
import { readUncommitted } from './broker.ts';
import type { Cluster } from './cluster.ts';

/** Stands for the offset behind the last record. */
const latest = -1;

/** The offset behind the last record of a partition, committed or not; its leader is asked for each time. */
export async function endOffset(cluster: Cluster, { topic, partition }: TopicPartition): Promise<number> {
  const { topicMetadata } = await cluster.metadata({ topics: [topic] });
  const leader = topicMetadata
    .flatMap(({ partitionMetadata }) => partitionMetadata)
    .find(({ partitionId }) => partitionId === partition)?.leader;
  if (leader === undefined || leader < 0) {
    throw new DependencyUnavailableError('Kafka', { facts: { topic, partition, leader: 'none' } });
  }
  const broker = await cluster.findBroker({ nodeId: leader });
  const { responses } = await broker.listOffsets({
    isolationLevel: readUncommitted,
    topics: [{ topic, partitions: [{ partition, timestamp: latest }] }],
  });
  return Number(responses[0]?.partitions[0]?.offset);
}
