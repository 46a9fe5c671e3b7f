import { setTimeout as sleep } from 'node:timers/promises';
import { protocolTypeOf } from './errors.ts';

/** What a broker answers while leaders and coordinators are being chosen, or it has not heard of the choice yet. */
const settling: ReadonlySet<string> = new Set([
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'GROUP_LOAD_IN_PROGRESS',
  'LEADER_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
  'NOT_LEADER_FOR_PARTITION',
]);

const patienceMs = 5_000;
const pauseMs = 50;

/**
 * Asks again while the cluster is settling, as Kafka's own client does: kafkajs' admin takes these answers for final.
 * @throws what the call throws otherwise, or after 5 s
 */
export async function whileSettling<T>(call: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!settling.has(protocolTypeOf(error) ?? '') || performance.now() > deadline) throw error;
      await sleep(pauseMs);
    }
  }
}
