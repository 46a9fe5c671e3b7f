import type { Kafka } from 'kafkajs';
import type { AbortedTransaction, FetchedMessage } from './committed-only.ts';
import { UnsupportedClientError } from './kafkajs.ts';

/** A record as kafkajs reads it from the wire. */
export interface WireMessage extends FetchedMessage {
  readonly value: Buffer | null;
  readonly timestamp: string;
  readonly headers?: Readonly<Record<string, Buffer | string | (Buffer | string)[] | undefined>>;
}

export interface FetchedPartition {
  readonly partition: number;
  readonly highWatermark: string;
  readonly abortedTransactions: readonly AbortedTransaction[] | null;
  readonly messages: readonly WireMessage[];
}

interface FetchRequest {
  readonly maxWaitTime: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly isolationLevel: number;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly fetchOffset: string;
      readonly maxBytes: number;
    }[];
  }[];
}

interface FetchResponse {
  readonly responses: readonly { readonly topicName: string; readonly partitions: readonly FetchedPartition[] }[];
}

/** kafkajs' own connections to a cluster, below its consumers and producers: it has no other way to read without a group. */
export interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  refreshMetadata(): Promise<void>;
  findTopicPartitionMetadata(topic: string): readonly { readonly partitionId: number; readonly leader: number }[];
  /** Connected. */
  findBroker(broker: { readonly nodeId: number }): Promise<{ fetch(request: FetchRequest): Promise<FetchResponse> }>;
  /** Connected. */
  findGroupCoordinator(group: { readonly groupId: string }): Promise<{
    leaveGroup(member: { readonly groupId: string; readonly memberId: string }): Promise<unknown>;
  }>;
  fetchTopicsOffset(
    topics: readonly {
      readonly topic: string;
      readonly fromBeginning: boolean;
      readonly partitions: readonly { readonly partition: number }[];
    }[],
  ): Promise<readonly { readonly partitions: readonly { readonly partition: number; readonly offset: string }[] }[]>;
}

/** kafkajs' number for it. */
export const readCommitted = 1;

type CreateCluster = (options: {
  readonly allowAutoTopicCreation: boolean;
  readonly isolationLevel: number;
  readonly metadataMaxAge: number;
}) => Cluster;

/** Connections of its own, with the client's settings. @throws UnsupportedClientError where kafkajs is built otherwise */
export function clusterOf(kafka: Kafka): Cluster {
  const symbol = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  );
  const create = symbol === undefined ? undefined : (kafka as unknown as Record<symbol, unknown>)[symbol];
  if (typeof create !== 'function') throw new UnsupportedClientError('kafkajs makes its clusters in another way');
  return (create as CreateCluster)({
    allowAutoTopicCreation: false,
    isolationLevel: readCommitted,
    metadataMaxAge: 300_000,
  });
}
