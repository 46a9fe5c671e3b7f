import type { Admin } from 'kafkajs';
import type { PartitionOffset } from '../../streams/ports.ts';

/** Deletes what stands before these offsets; a partition that is not there, or has nothing before its offset, is left. */
export async function deleteRecords(admin: Admin, before: readonly PartitionOffset[]): Promise<void> {
  // kafkajs asks for a topic that does not exist again and again.
  const existing = new Set(await admin.listTopics());
  for (const [topic, wanted] of Map.groupBy(before, (each) => each.topic)) {
    if (!existing.has(topic)) continue;
    // It also makes kafkajs ask anew who leads: the deletion itself goes to whom it knows.
    const found = await admin.fetchTopicOffsets(topic);
    const lows = new Map(found.map(({ partition, low }) => [partition, Number(low)]));
    const partitions = wanted
      .filter(({ partition, offset }) => offset > (lows.get(partition) ?? Number.POSITIVE_INFINITY))
      .map(({ partition, offset }) => ({ partition, offset: String(offset) }));
    if (partitions.length > 0) await admin.deleteTopicRecords({ topic, partitions });
  }
}
