import { askAgain } from './ask-again.ts';

/** What a broker answers while leaders and coordinators are being chosen, or it has not heard of the choice yet. */
const settling: ReadonlySet<string> = new Set([
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'GROUP_LOAD_IN_PROGRESS',
  'LEADER_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
  'NOT_LEADER_FOR_PARTITION',
]);

/**
 * Asks again while the cluster is settling, as Kafka's own client does: kafkajs' admin takes these answers for final.
 * @throws what the call throws otherwise, or after 5 s
 */
export const whileSettling = <T>(call: () => Promise<T>): Promise<T> =>
  askAgain(call, { types: settling, withinMs: 5_000, pauseMs: 50 });
