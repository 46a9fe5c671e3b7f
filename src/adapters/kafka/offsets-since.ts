import type { Kafka } from 'kafkajs';
import { unavailable } from './errors.ts';
import { whileSettling } from './while-settling.ts';

/**
 * By partition, the offset of the first record of that time (milliseconds since the epoch) or later; the end where there
 * is none. @throws DependencyUnavailableError
 */
export async function offsetsSince(kafka: Kafka, topic: string, since: number): Promise<ReadonlyMap<number, number>> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    const found = await whileSettling(() => admin.fetchTopicOffsetsByTimestamp(topic, since));
    return new Map(found.map(({ partition, offset }) => [partition, Number(offset)]));
  } catch (error) {
    throw unavailable(error, { topic });
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
