import { PointsError } from '../common/errors.ts';
import type { ForeignTopicContract, TopicContract } from '../contracts/index.ts';
import type { InternalTopic } from '../streams/ports.ts';

/** Topics that exist already with another number of partitions, which would send a merchant's records elsewhere. */
class TopicMismatchError extends PointsError {
  readonly code = 'TOPIC_MISMATCH';
}

/** How a topic of the contract is to be created. */
export function topicToCreate(topic: TopicContract, partitions: number): InternalTopic {
  const { name, policy, dated, maxMessageBytes } = topic;
  const config = {
    'cleanup.policy': policy.cleanup,
    ...(policy.cleanup === 'delete' && { 'retention.ms': String(policy.retentionMs) }),
    ...(dated === 'append' && { 'message.timestamp.type': 'LogAppendTime' }),
    ...(maxMessageBytes !== undefined && { 'max.message.bytes': String(maxMessageBytes) }),
  };
  return { name, partitions, config };
}

/** How a topic of another service is made where its owner has not made it yet: as the brokers make any. */
export const foreignTopicToCreate = ({ name }: ForeignTopicContract, partitions: number): InternalTopic => ({
  name,
  partitions,
  config: {},
});

/**
 * Every topic has the same number of partitions, as a task writes to its own partition number in each of them.
 * @param found partitions of each topic; undefined for one that does not exist
 * @throws TopicMismatchError that names every topic at fault
 */
export function assertPartitions(found: ReadonlyMap<string, number | undefined>, partitions: number): void {
  const wrong = [...found].filter(([, count]) => count !== undefined && count !== partitions);
  if (wrong.length === 0) return;
  const list = wrong.map(([name, count]) => `${name} has ${count ?? 0}`).join(', ');
  throw new TopicMismatchError(
    `Topics have another number of partitions than POINTS_PARTITIONS=${partitions}: ${list}; set it to theirs, or delete the topics`,
    { facts: { partitions, topics: wrong.map(([name]) => name).join(',') } },
  );
}
