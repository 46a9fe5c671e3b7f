import type { Kafka } from 'kafkajs';
import { unavailable } from './errors.ts';
import { whileSettling } from './while-settling.ts';

/** A consumer group and the topics it reads. */
export interface FollowedTopics {
  readonly groupId: string;
  readonly topics: readonly string[];
}

/** How far a group is in one partition. */
export interface GroupPosition {
  readonly groupId: string;
  readonly topic: string;
  readonly partition: number;
  /** The next offset the group reads, never before the first record there is. */
  readonly position: number;
  /** Behind the last record that a reader of committed records may see. */
  readonly end: number;
}

/** Asks Kafka how far groups are, whether or not they have members just now. */
export interface GroupLag {
  /** One answer for each group and partition. @throws DependencyUnavailableError */
  positions(groups: readonly FollowedTopics[]): Promise<readonly GroupPosition[]>;
  close(): Promise<void>;
}

/** Connects with the first question, and anew after one that failed. */
export function createGroupLag(kafka: Kafka): GroupLag {
  let admin = kafka.admin();
  let connected: Promise<void> | undefined;

  const ask = async (groups: readonly FollowedTopics[]): Promise<readonly GroupPosition[]> => {
    connected ??= admin.connect();
    await connected;
    // Topics of other services may not be there yet; kafkajs would go on asking for one, and take it for Kafka's fault.
    const existing = new Set(await admin.listTopics());
    const names = [...new Set(groups.flatMap(({ topics }) => topics))].filter((topic) => existing.has(topic));
    // Ends are asked for after positions: a group is then never shown ahead of its topic.
    const committed = await Promise.all(
      groups.map(async ({ groupId, topics }) => {
        const read = topics.filter((topic) => existing.has(topic));
        // Asked without topics, kafkajs answers with all of the group's.
        return { groupId, topics: read.length === 0 ? [] : await admin.fetchOffsets({ groupId, topics: read }) };
      }),
    );
    const ends = new Map(
      await Promise.all(names.map(async (topic) => [topic, await admin.fetchTopicOffsets(topic)] as const)),
    );
    return committed.flatMap(({ groupId, topics }) =>
      topics.flatMap(({ topic, partitions }) => {
        const offsets = new Map(partitions.map(({ partition, offset }) => [partition, Number(offset)]));
        return (ends.get(topic) ?? []).map(({ partition, low, high }) => ({
          ...{ groupId, topic, partition, end: Number(high) },
          // Where nothing was committed it begins with the first record, as where that was deleted.
          position: Math.max(offsets.get(partition) ?? 0, Number(low)),
        }));
      }),
    );
  };

  return {
    async positions(groups) {
      try {
        return await whileSettling(() => ask(groups));
      } catch (error) {
        await admin.disconnect().catch(() => undefined);
        admin = kafka.admin();
        connected = undefined;
        throw unavailable(error);
      }
    },
    close: () => admin.disconnect(),
  };
}
