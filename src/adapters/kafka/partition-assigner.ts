import {
  AssignerProtocol,
  type Assignment,
  type Cluster,
  type GroupMemberAssignment,
  type PartitionAssigner,
} from 'kafkajs';

const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Gives a member the same partition numbers of every topic, so that a task has all of its co-partitioned sources.
 * kafkajs' own assigner deals topic-partitions out one by one, and two topics of a task may go to two members.
 */
export const coPartitionAssigner: PartitionAssigner = ({ cluster }: { cluster: Cluster }) => ({
  name: 'CoPartitionAssigner',
  version: 1,
  assign({ members, topics }): Promise<GroupMemberAssignment[]> {
    const memberIds = members.map(({ memberId }) => memberId).sort(byName);
    const assignments = new Map<string, Assignment>(memberIds.map((memberId) => [memberId, {}]));
    for (const topic of [...topics].sort(byName)) {
      for (const { partitionId } of cluster.findTopicPartitionMetadata(topic)) {
        const assignment = assignments.get(memberIds[partitionId % memberIds.length] ?? '');
        if (assignment !== undefined) (assignment[topic] ??= []).push(partitionId);
      }
    }
    return Promise.resolve(
      [...assignments].map(([memberId, assignment]) => ({
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({
          version: this.version,
          assignment,
          userData: Buffer.alloc(0),
        }),
      })),
    );
  },
  protocol({ topics }) {
    const metadata = { version: this.version, topics: [...topics], userData: Buffer.alloc(0) };
    return { name: this.name, metadata: AssignerProtocol.MemberMetadata.encode(metadata) };
  },
});

/** Assigns one partition and nothing else: for a member that is alone in its group and reads just that. */
export const singlePartitionAssigner =
  (topic: string, partition: number): PartitionAssigner =>
  () => ({
    name: 'SinglePartitionAssigner',
    version: 1,
    assign({ members }): Promise<GroupMemberAssignment[]> {
      return Promise.resolve(
        members.map(({ memberId }, index) => ({
          memberId,
          memberAssignment: AssignerProtocol.MemberAssignment.encode({
            version: this.version,
            assignment: index === 0 ? { [topic]: [partition] } : {},
            userData: Buffer.alloc(0),
          }),
        })),
      );
    },
    protocol({ topics }) {
      const metadata = { version: this.version, topics: [...topics], userData: Buffer.alloc(0) };
      return { name: this.name, metadata: AssignerProtocol.MemberMetadata.encode(metadata) };
    },
  });
