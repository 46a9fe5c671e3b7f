import type { Cluster } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { kafkajs } from '../../../src/adapters/kafka/kafkajs.ts';
import { coPartitionAssigner } from '../../../src/adapters/kafka/partition-assigner.ts';

const { MemberAssignment } = kafkajs.AssignerProtocol;

const clusterOf = (counts: Readonly<Record<string, number>>): Cluster =>
  ({
    findTopicPartitionMetadata: (topic: string) =>
      Array.from({ length: counts[topic] ?? 0 }, (_, partitionId) => ({ partitionId })),
  }) as unknown as Cluster;

const assignerOf = (counts: Readonly<Record<string, number>>, held: readonly number[] = []) =>
  coPartitionAssigner(() => ({ held }))({ cluster: clusterOf(counts), groupId: 'g', logger: undefined as never });

/** What a member says of itself when it joins. */
const metadataOf = (held: readonly number[]): Buffer => assignerOf({}, held).protocol({ topics: ['in'] }).metadata;

const assign = async (
  memberIds: readonly string[],
  counts: Readonly<Record<string, number>>,
  held: Readonly<Record<string, readonly number[]>> = {},
) => {
  const members = memberIds.map((memberId) => ({ memberId, memberMetadata: metadataOf(held[memberId] ?? []) }));
  const assignments = await assignerOf(counts).assign({ members, topics: Object.keys(counts) });
  return Object.fromEntries(
    assignments.map(({ memberId, memberAssignment }) => [
      memberId,
      MemberAssignment.decode(memberAssignment)?.assignment,
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

  it('keeps partition numbers together where topics have different counts', async () => {
    expect(await assign(['a', 'b'], { in: 4, repartition: 2, other: 1 })).toEqual({
      a: { in: [0, 2], repartition: [0], other: [0] },
      b: { in: [1, 3], repartition: [1] },
    });
  });

  it('leaves a member what it held', async () => {
    const given = await assign(['new', 'old', 'other'], { in: 4 }, { old: [0, 1], other: [2, 3] });
    expect(given['old']?.['in']).toEqual([0, 1]);
    expect(given['other']?.['in']).toHaveLength(1);
    expect(given['new']?.['in']).toHaveLength(1);
  });

  it('takes members that tell nothing of themselves', async () => {
    const members = [{ memberId: 'a', memberMetadata: Buffer.alloc(0) }];
    const [given] = await assignerOf({ in: 2 }).assign({ members, topics: ['in'] });
    expect(MemberAssignment.decode(given!.memberAssignment)?.assignment).toEqual({ in: [0, 1] });
  });
});
