import type { Kafka } from 'kafkajs';
import { DependencyUnavailableError } from '../../common/errors.ts';
import { unavailable } from './errors.ts';
import { whileSettling } from './while-settling.ts';

/** How far a projection has followed its topic. */
export interface ProjectionProgress {
  connect(): Promise<void>;
  /**
   * Resolves when the projection has taken in every record older than `before` (milliseconds since the epoch).
   * @throws DependencyUnavailableError when it has not, or Kafka does not answer
   */
  assertPast(before: number): Promise<void>;
  /** @throws when Kafka does not answer */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** What was true for a time stays true for it; asked again only for a later one. */
export function createProjectionProgress(options: {
  readonly kafka: Kafka;
  readonly groupId: string;
  readonly topic: string;
}): ProjectionProgress {
  const { kafka, groupId, topic } = options;
  const admin = kafka.admin();
  let pastUntil = Number.NEGATIVE_INFINITY;

  const isPast = async (before: number): Promise<boolean> => {
    const [wanted, groups] = await Promise.all([
      admin.fetchTopicOffsetsByTimestamp(topic, before),
      admin.fetchOffsets({ groupId, topics: [topic] }),
    ]);
    const committed = new Map(
      groups.flatMap(({ partitions }) => partitions.map((each) => [each.partition, each.offset])),
    );
    const starts = new Map(
      (await admin.fetchTopicOffsets(topic)).map(({ partition, low }) => [partition, Number(low)]),
    );
    return wanted.every(({ partition, offset }) => {
      const reached = Number(committed.get(partition) ?? '-1');
      // A partition that never had a record needs no commit.
      return Math.max(reached, starts.get(partition) ?? 0) >= Number(offset);
    });
  };

  return {
    connect: () => admin.connect().catch((error: unknown) => Promise.reject(unavailable(error))),
    async assertPast(before) {
      if (before <= pastUntil) return;
      const isThere = await whileSettling(() => isPast(before)).catch((error: unknown) =>
        Promise.reject(unavailable(error, { topic })),
      );
      if (!isThere)
        throw new DependencyUnavailableError('The ledger as of the dedupe window', { facts: { topic, before } });
      pastUntil = before;
    },
    async ping() {
      await admin.describeCluster();
    },
    close: () => admin.disconnect(),
  };
}
