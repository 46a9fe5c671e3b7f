import type { Admin, MemberDescription } from 'kafkajs';
import type { GroupMember } from '../../streams/ports.ts';
import { kafkajs } from './kafkajs.ts';
import { decodeMemberData } from './member-data.ts';

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol;

/**
 * Who holds what in a group. While the group is being dealt out anew the broker tells neither: its members seem to hold
 * nothing then.
 */
export async function groupMembers(admin: Admin, groupId: string): Promise<readonly GroupMember[]> {
  const { groups } = await admin.describeGroups([groupId]);
  return groups.flatMap(({ members }) => members.map(memberOf));
}

function memberOf({ memberMetadata, memberAssignment }: MemberDescription): GroupMember {
  const metadata = memberMetadata.length === 0 ? null : MemberMetadata.decode(memberMetadata);
  const assignment = MemberAssignment.decode(memberAssignment)?.assignment ?? {};
  return {
    applicationServer: decodeMemberData(metadata?.userData).applicationServer,
    partitions: Object.entries(assignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic, partition })),
    ),
  };
}
