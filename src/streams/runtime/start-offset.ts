import { OffsetBeyondEndError, OffsetGapError } from '../errors.ts';
import type { PartitionOffset, StreamAdmin } from '../ports.ts';
import type { TopicPartition } from '../record.ts';

/** Where a task begins to read a partition, and the stream time it had there; 0 where none is known. */
export interface StartOffset extends PartitionOffset {
  /** Behind the last record that is there by now. */
  readonly end: number;
  readonly streamTime: number;
}

/**
 * The committed offset, or the first record where the group has none. Read by a member of the group, no old owner of the
 * partition can commit any more.
 * @throws OffsetGapError where records between the two were deleted
 * @throws OffsetBeyondEndError where the partition ends before what is committed
 */
export async function startOffset(
  admin: StreamAdmin,
  groupId: string,
  partition: TopicPartition,
): Promise<StartOffset> {
  // First, as it may wait, and both ends move on meanwhile.
  const committed = await admin.committedOffset(groupId, partition);
  const { low, high } = await admin.offsets(partition);
  if (committed === undefined) return { ...partition, offset: low, end: high, streamTime: 0 };
  assertNoGap(partition, committed.offset, low);
  if (committed.offset > high) {
    const facts = { ...partition, committed: committed.offset, high };
    throw new OffsetBeyondEndError('What is committed lies behind the end of the partition', { facts });
  }
  const streamTime = Number(committed.metadata ?? '0');
  return {
    ...partition,
    offset: committed.offset,
    end: high,
    streamTime: Number.isFinite(streamTime) ? streamTime : 0,
  };
}

/** Records that were left out can be read again, unless they are not there any more. */
export const assertNoGap = ({ topic, partition }: TopicPartition, position: number, low: number): void => {
  if (position >= low) return;
  const facts = { topic, partition, position, low };
  throw new OffsetGapError('Records were deleted before they were processed', { facts });
};
