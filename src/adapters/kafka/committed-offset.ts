import type { PartitionOffset, TopicPartition } from '../../streams/ports.ts';
import { askAgain } from './ask-again.ts';
import { ask } from './broker.ts';
import type { Cluster } from './cluster.ts';
import { protocolError } from './kafkajs.ts';
import { stableOffsetFetch } from './protocol/offset-fetch.ts';
import { whileSettling } from './while-settling.ts';

/**
 * A transaction is open for as long as its producer may take, 10 s by default, and up to 10 s more until its coordinator
 * looks at it. Kafka lets a producer ask for up to 15 minutes; nobody waits here for that, but asks anew.
 */
const stableWithinMs = 60_000;

/** Most transactions end within a few milliseconds. */
const untilStable = {
  types: new Set(['UNSTABLE_OFFSET_COMMIT']),
  withinMs: stableWithinMs,
  pauseMs: 10,
  maxPauseMs: 100,
};

/** What a group has committed of a partition, once no transaction is open any more that would change it. */
export const committedOffset = (
  cluster: Cluster,
  groupId: string,
  partition: TopicPartition,
  signal: AbortSignal,
): Promise<PartitionOffset | undefined> =>
  askAgain(() => whileSettling(() => fetchOffset(cluster, groupId, partition)), { ...untilStable, signal });

async function fetchOffset(cluster: Cluster, groupId: string, { topic, partition }: TopicPartition) {
  const coordinator = await cluster.findGroupCoordinator({ groupId });
  const { errorCode, offset, metadata } = await ask(coordinator, stableOffsetFetch(groupId, { topic, partition }));
  if (errorCode !== 0) throw protocolError(errorCode);
  // -1 is the broker's way to say that nothing was committed. kafkajs commits -2 where it found the position deleted
  // and went to the beginning: that is an offset before the first record, and the engine must see it as such.
  if (offset === -1) return undefined;
  return { topic, partition, offset, ...(metadata === null || metadata === '' ? {} : { metadata }) };
}
