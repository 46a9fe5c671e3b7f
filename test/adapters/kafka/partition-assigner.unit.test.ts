import { AssignerProtocol, type Cluster } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { coPartitionAssigner } from '../../../src/adapters/kafka/partition-assigner.ts';

const clusterOf = (counts: Readonly<Record<string, number>>): Cluster =>
  ({
    findTopicPartitionMetadata: (topic: string) =>
      Array.from({ length: counts[topic] ?? 0 }, (_, partitionId) => ({ partitionId })),
  }) as unknown as Cluster;

const assign = async (memberIds: readonly string[], counts: Readonly<Record<string, number>>) => {
  const assigner = coPartitionAssigner({ cluster: clusterOf(counts), groupId: 'g', logger: undefined as never });
  const members = memberIds.map((memberId) => ({ memberId, memberMetadata: Buffer.alloc(0) }));
  const assignments = await assigner.assign({ members, topics: Object.keys(counts) });
  return Object.fromEntries(
    assignments.map(({ memberId, memberAssignment }) => [
      memberId,
      AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment,
    ]),
  );
};

describe('the assignment of partitions', () => {
  it('gives a member the same partition numbers of every topic', async () => {
    expect(await assign(['b', 'a'], { ingest: 4, replay: 4 })).toEqual({
      a: { ingest: [0, 2], replay: [0, 2] },
      b: { ingest: [1, 3], replay: [1, 3] },
    });
  });

  it('gives every partition to one member, whatever their number', async () => {
    for (const members of [1, 2, 3, 4, 5]) {
      const ids = Array.from({ length: members }, (_, index) => `m${String(index)}`);
      const given = Object.values(await assign(ids, { ingest: 4 })).flatMap((topics) => topics?.['ingest'] ?? []);
      expect(given.sort()).toEqual([0, 1, 2, 3]);
    }
  });

  it('does not depend on the order in which members joined', async () => {
    expect(await assign(['x', 'y', 'z'], { in: 8 })).toEqual(await assign(['z', 'x', 'y'], { in: 8 }));
  });
});
