import { setTimeout as sleep } from 'node:timers/promises';
import { ProjectionBehindError } from '../../audit/index.ts';
import type { Projection, Projections } from '../../audit/ports.ts';
import type { StreamAdmin, TopicPartition } from '../../streams/ports.ts';

type Admin = Pick<StreamAdmin, 'committedOffset' | 'offsets'>;

/** What a consumer group must have read. */
export interface Wanted extends TopicPartition {
  readonly groupId: string;
  /** Everything before it. */
  readonly offset: number;
}

export interface ProjectionsPastOptions {
  readonly admin: Admin;
  /** The consumer group of each, and the topic it follows. */
  readonly groupOf: (projection: Projection) => { readonly groupId: string; readonly topic: string };
  /** How long a projection may take to catch up. Milliseconds. */
  readonly timeoutMs: number;
}

const pollMs = 200;

/** How far projections are, by what their groups have committed. */
export const createProjectionsPast = ({ admin, groupOf, timeoutMs }: ProjectionsPastOptions): Projections => ({
  past: (projection, partition, offset) =>
    untilCommitted(admin, { ...groupOf(projection), partition, offset }, timeoutMs),
});

/** @throws ProjectionBehindError when the group does not get there in time */
export async function untilCommitted(admin: Admin, wanted: Wanted, timeoutMs: number): Promise<void> {
  const { groupId, topic, partition, offset } = wanted;
  const { low } = await admin.offsets({ topic, partition });
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const committed = await admin.committedOffset(groupId, { topic, partition });
    // What was deleted before it was read counts as read, and a partition that never had a record needs no commit.
    const reached = Math.max(committed?.offset ?? 0, low);
    if (reached >= offset) return;
    if (performance.now() > deadline) {
      throw new ProjectionBehindError(
        `${groupId} has read ${topic}/${String(partition)} up to ${String(reached)} of ${String(offset)}: nothing can be ` +
          'said about what it writes. Let the processor catch up, and ask again',
        { facts: { group: groupId, topic, partition, reached, wanted: offset } },
      );
    }
    await sleep(pollMs);
  }
}
