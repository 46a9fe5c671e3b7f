import type { Admin, Kafka } from 'kafkajs';
import type { FollowedTopics, GroupLag, GroupLags } from '../../operator/ports.ts';
import { within } from './deadline.ts';
import { unavailable } from './errors.ts';

export interface GroupLagsOptions {
  readonly kafka: Kafka;
  /** For the whole question, connecting too. Milliseconds, 2,000 by default: who looks wants to know that Kafka is away. */
  readonly deadlineMs?: number;
}

/** How far groups are behind: a question for each topic and each group, all at once. */
export function createGroupLags({ kafka, deadlineMs = 2_000 }: GroupLagsOptions): GroupLags & {
  close(): Promise<void>;
} {
  let admin: Promise<Admin> | null = null;
  const connected = (): Promise<Admin> => {
    admin ??= connect(kafka);
    return admin;
  };
  /** Connections that have failed once are not asked again: kafkajs would stay with the broker it began with. */
  const forget = (): void => {
    const old = admin;
    admin = null;
    old?.then((each) => each.disconnect()).catch(() => undefined);
  };
  return {
    async of(groups) {
      try {
        return await within(
          deadlineMs,
          connected().then((each) => ask(each, groups)),
        );
      } catch (error) {
        forget();
        throw unavailable(error);
      }
    },
    async close() {
      await admin?.then((each) => each.disconnect()).catch(() => undefined);
    },
  };
}

async function connect(kafka: Kafka): Promise<Admin> {
  const admin = kafka.admin();
  await admin.connect();
  return admin;
}

async function ask(admin: Admin, groups: readonly FollowedTopics[]): Promise<readonly GroupLag[]> {
  const topics = [...new Set(groups.flatMap((group) => group.topics))];
  const [ends, committed] = await Promise.all([
    Promise.all(topics.map(async (topic) => [topic, await admin.fetchTopicOffsets(topic)] as const)),
    Promise.all(
      groups.map(async ({ groupId, topics: own }) => ({
        groupId,
        offsets: await admin.fetchOffsets({ groupId, topics: [...own] }),
      })),
    ),
  ]);
  const endsOf = new Map(ends);
  return committed.flatMap(({ groupId, offsets }) =>
    offsets.map(({ topic, partitions }) => {
      const reached = new Map(partitions.map(({ partition, offset }) => [partition, Number(offset)]));
      const lags = [...(endsOf.get(topic) ?? [])]
        .sort((a, b) => a.partition - b.partition)
        .map(({ partition, low, high }) => {
          // Nothing committed yet, -1: it begins at the first record there is.
          const position = Math.max(reached.get(partition) ?? 0, Number(low));
          return Math.max(0, Number(high) - position);
        });
      return { groupId, topic, partitions: lags };
    }),
  );
}
