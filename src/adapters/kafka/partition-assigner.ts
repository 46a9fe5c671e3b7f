import type { Assignment, Cluster, GroupMemberAssignment, PartitionAssigner } from 'kafkajs';
import { dealPartitions } from './deal-partitions.ts';
import { kafkajs } from './kafkajs.ts';
import { decodeMemberData, encodeMemberData, type MemberData } from './member-data.ts';

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol;

/**
 * Gives a member the same partition numbers of every topic, so that a task has all of its co-partitioned sources, and
 * deals those out evenly, by how many topics have them: sub-topologies of one group may have more partitions or fewer.
 * kafkajs' own assigner deals topic-partitions out one by one, and two topics of a task may go to two members.
 * @param tell what this member tells the others; asked at every join
 */
export const coPartitionAssigner =
  (tell: () => MemberData): PartitionAssigner =>
  ({ cluster }: { cluster: Cluster }) => ({
    name: 'CoPartitionAssigner',
    version: 1,
    assign({ members, topics }): Promise<GroupMemberAssignment[]> {
      const partitionsOf = new Map(
        topics.map((topic) => [topic, cluster.findTopicPartitionMetadata(topic).map((each) => each.partitionId)]),
      );
      const weights: number[] = [];
      for (const partition of [...partitionsOf.values()].flat()) weights[partition] = (weights[partition] ?? 0) + 1;
      const dealt = dealPartitions(
        members.map(({ memberId, memberMetadata }) => ({ id: memberId, held: heldBy(memberMetadata) })),
        weights,
      );
      return Promise.resolve(
        [...dealt].map(([memberId, partitions]) => ({
          memberId,
          memberAssignment: MemberAssignment.encode({
            version: this.version,
            assignment: assignmentOf(partitionsOf, new Set(partitions)),
            userData: Buffer.alloc(0),
          }),
        })),
      );
    },
    protocol({ topics }) {
      const metadata = { version: this.version, topics: [...topics], userData: encodeMemberData(tell()) };
      return { name: this.name, metadata: MemberMetadata.encode(metadata) };
    },
  });

const heldBy = (memberMetadata: Buffer): readonly number[] =>
  decodeMemberData(memberMetadata.length === 0 ? null : MemberMetadata.decode(memberMetadata)?.userData).held;

function assignmentOf(partitionsOf: ReadonlyMap<string, readonly number[]>, mine: ReadonlySet<number>): Assignment {
  const assignment: Assignment = {};
  for (const [topic, all] of partitionsOf) {
    const partitions = all.filter((partition) => mine.has(partition)).sort((a, b) => a - b);
    if (partitions.length > 0) assignment[topic] = partitions;
  }
  return assignment;
}
