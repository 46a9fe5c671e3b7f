export { type ClusterFacts, clusterFacts, type TopicFacts } from './cluster-facts.ts';
export { createKafka, type KafkaOptions } from './client.ts';
export type { KafkaSecurity } from './security.ts';
export { kafkajsClientSupplier } from './client-supplier.ts';
export {
  type CommandPublisherOptions,
  createCommandPublisher,
  type KafkaCommandPublisher,
} from './command-publisher.ts';
export { createProjectionProgress, type ProjectionProgress } from './projection-progress.ts';
export { sendRecord } from './send-record.ts';
export { createGroupLags } from './group-lags.ts';
export { createGroupOffsets, type GroupOffsets } from './group-offsets.ts';
export { offsetsSince } from './offsets-since.ts';
export { createGroupLag, type FollowedTopics, type GroupLag, type GroupPosition } from './group-lag.ts';
export { connectTopicPositions, type TopicPositions } from './topic-positions.ts';
