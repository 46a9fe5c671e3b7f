import type { Admin } from 'kafkajs';
import { until } from './until.ts';

/**
 * Removes a topic of another service. Who has the broker to itself for a while may do this: what was in it is gone, and
 * other tests make it anew by the set-up.
 */
export const removeTopic = async (admin: Admin, topic: string): Promise<void> => {
  const isThere = async (): Promise<boolean> => (await admin.listTopics()).includes(topic);
  if (await isThere()) await admin.deleteTopics({ topics: [topic] });
  await until(`${topic} is gone`, async () => !(await isThere()), 10_000);
};

/** Makes a topic of another service as its owner would have it, whatever was there. */
export const ownersTopic = async (admin: Admin, topic: string, partitions: number): Promise<void> => {
  await removeTopic(admin, topic);
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions }], waitForLeaders: true });
};
