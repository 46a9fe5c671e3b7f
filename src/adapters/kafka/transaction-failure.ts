import type { ErrorFacts } from '../../common/errors.ts';
import {
  CommitFailedError,
  type GroupMembership,
  MembershipLostError,
  ProducerFencedError,
} from '../../streams/ports.ts';
import { protocolTypeOf } from './errors.ts';
import { reasonsOf } from './settled.ts';

/** How the broker tells a producer that a newer one of its transactional id, or the coordinator, has taken its place. */
const fencing = new Set(['PRODUCER_FENCED', 'INVALID_PRODUCER_EPOCH', 'INVALID_PRODUCER_ID_MAPPING']);

/** How the group's coordinator tells a member that it belongs to the group no more, or not as it did. */
const membership = new Set(['ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'FENCED_INSTANCE_ID', 'REBALANCE_IN_PROGRESS']);

const isOf = (types: ReadonlySet<string>) => (reason: unknown) => types.has(protocolTypeOf(reason) ?? '');

/** Whether that is all that went wrong: every other request of the transaction was answered then. */
export const isMembershipLost = (thrown: unknown): boolean => reasonsOf(thrown).every(isOf(membership));

/** What a transaction failed with, in the words of the port. */
export function transactionFailure(thrown: unknown, transactionalId: string, member: GroupMembership): Error {
  const reasons = reasonsOf(thrown);
  const told = (cause: unknown, more: ErrorFacts = {}) => ({
    cause,
    facts: { transactional_id: transactionalId, type: protocolTypeOf(cause), ...more },
  });
  const fenced = reasons.find(isOf(fencing));
  if (fenced !== undefined) return new ProducerFencedError('The producer was fenced', told(fenced));
  const lost = reasons.find(isOf(membership));
  if (lost !== undefined) {
    const { groupId, memberId, generationId } = member;
    const facts = { group_id: groupId, member_id: memberId, generation_id: generationId };
    return new MembershipLostError('The group has gone on without this member', told(lost, facts));
  }
  return new CommitFailedError('The transaction did not end in a commit we know of', told(reasons[0]));
}
