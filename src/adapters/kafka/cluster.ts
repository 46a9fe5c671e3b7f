import type { Kafka } from 'kafkajs';
import { type Broker, readCommitted } from './broker.ts';
import { privateOf } from './private-of.ts';

interface PartitionLeader {
  readonly partitionId: number;
  /** -1 where there is none. */
  readonly leader: number;
}

/** kafkajs' numbers for them. */
export const coordinatorTypes = { group: 0, transaction: 1 } as const;
type CoordinatorType = (typeof coordinatorTypes)[keyof typeof coordinatorTypes];

/**
 * kafkajs' own connections to a cluster, below its consumers and producers: it has no other way to read
 * without a group, or to tell who commits a transaction's offsets.
 */
export interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  refreshMetadata(): Promise<void>;
  findTopicPartitionMetadata(topic: string): readonly PartitionLeader[];
  /** What a broker says of topics now. */
  metadata(asked: { readonly topics: readonly string[] }): Promise<{
    readonly topicMetadata: readonly { readonly partitionMetadata: readonly PartitionLeader[] }[];
  }>;
  /** Connected. */
  findBroker(broker: { readonly nodeId: number }): Promise<Broker>;
  /** Connected; asks the cluster each time. `groupId` is the transactional id of a transaction's coordinator. */
  findGroupCoordinator(group: {
    readonly groupId: string;
    readonly coordinatorType?: CoordinatorType;
  }): Promise<Broker>;
  fetchTopicsOffset(
    topics: readonly {
      readonly topic: string;
      readonly fromBeginning: boolean;
      readonly partitions: readonly { readonly partition: number }[];
    }[],
  ): Promise<readonly { readonly partitions: readonly { readonly partition: number; readonly offset: string }[] }[]>;
}

type CreateCluster = (options: {
  readonly allowAutoTopicCreation: boolean;
  readonly isolationLevel: number;
  readonly metadataMaxAge: number;
}) => Cluster;

/** Connections of its own, with the client's settings. @throws UnsupportedClientError where kafkajs is built otherwise */
export function clusterOf(kafka: Kafka): Cluster {
  const create = privateOf(kafka, 'private:Kafka:createCluster');
  return (create as CreateCluster)({
    allowAutoTopicCreation: false,
    isolationLevel: readCommitted,
    metadataMaxAge: 300_000,
  });
}
