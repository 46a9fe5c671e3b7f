import type { Message, PartitionerArgs } from 'kafkajs';

export interface MessagesToGroup {
  readonly topic: string;
  readonly partitionMetadata: PartitionerArgs['partitionMetadata'];
  readonly messages: readonly Message[];
  readonly partitioner: (args: PartitionerArgs) => number;
}

/** Messages by partition, in their order. kafkajs copies the list of a partition for each message that it adds to it. */
export function groupMessages({
  topic,
  partitionMetadata,
  messages,
  partitioner,
}: MessagesToGroup): Record<number, Message[]> {
  const grouped: Record<number, Message[]> = {};
  // A topic nobody knows anything of yet.
  if (partitionMetadata.length === 0) return grouped;
  for (const message of messages) {
    (grouped[partitioner({ topic, partitionMetadata, message })] ??= []).push(message);
  }
  return grouped;
}
