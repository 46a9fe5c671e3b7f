import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { clusterOf } from './cluster.ts';
import { protocolTypeOf } from './errors.ts';

const withinMs = 3_000;

/**
 * Takes a member out of its group in its name: the one that this instance was before it was killed. Otherwise the group
 * waits for it until its session is over before it gives its partitions to anybody. A courtesy to ourselves: where it
 * fails, the session ends all the same.
 * @returns whether the coordinator took it out, or had done so before
 */
export async function leaveFor(kafka: Kafka, groupId: string, memberId: string): Promise<boolean> {
  const cluster = clusterOf(kafka);
  const late = new AbortController();
  const leaving = leave().catch(() => false);
  try {
    return await Promise.race([leaving, sleep(withinMs, false, { signal: late.signal })]);
  } finally {
    late.abort();
    await cluster.disconnect().catch(() => undefined);
  }

  async function leave(): Promise<boolean> {
    await cluster.connect();
    const coordinator = await cluster.findGroupCoordinator({ groupId });
    try {
      await coordinator.leaveGroup({ groupId, memberId });
    } catch (error) {
      if (protocolTypeOf(error) !== 'UNKNOWN_MEMBER_ID') throw error;
    }
    return true;
  }
}
