import type { Kafka } from 'kafkajs';
import type { PartitionOffset } from '../../streams/ports.ts';
import { clusterOf } from './cluster.ts';
import { unavailable } from './errors.ts';
import { whileSettling } from './while-settling.ts';

/** Offsets kept under a group's name by somebody who is no member: the group must have none. */
export interface GroupOffsets {
  connect(): Promise<void>;
  /** Kept by all in-sync replicas, for `offsets.retention.minutes` (a week by default) since the last of the group. */
  commit(offsets: readonly PartitionOffset[]): Promise<void>;
  close(): Promise<void>;
}

/** As Kafka's consumers that assign themselves. */
const nobody = { groupGenerationId: -1, memberId: '' } as const;

/** kafkajs' own way joins the group for every commit, and leaves out the metadata. Every failure is "Kafka is away". */
export function createGroupOffsets(kafka: Kafka, groupId: string): GroupOffsets {
  const cluster = clusterOf(kafka);
  const asked = async (call: () => Promise<unknown>): Promise<void> => {
    try {
      await whileSettling(call);
    } catch (error) {
      throw unavailable(error, { group: groupId });
    }
  };
  return {
    connect: () => asked(() => cluster.connect()),
    commit: (offsets) =>
      asked(async () => {
        const coordinator = await cluster.findGroupCoordinator({ groupId });
        const topics = [...Map.groupBy(offsets, ({ topic }) => topic)].map(([topic, own]) => ({
          topic,
          partitions: own.map(({ partition, offset, metadata = null }) => ({
            ...{ partition, offset: String(offset), metadata },
          })),
        }));
        await coordinator.offsetCommit({ groupId, ...nobody, topics });
      }),
    close: () => cluster.disconnect(),
  };
}
