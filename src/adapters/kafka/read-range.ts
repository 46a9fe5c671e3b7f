import { randomUUID } from 'node:crypto';
import type { Admin, Kafka } from 'kafkajs';
import { toError } from '../../common/errors.ts';
import type { ConsumedRecord, TopicPartition } from '../../streams/ports.ts';
import { chunkOf } from './consumed-record.ts';
import { unavailable } from './errors.ts';
import { singlePartitionAssigner } from './partition-assigner.ts';

type OnBatch = (records: readonly ConsumedRecord[], position: number) => Promise<void>;

/**
 * Reads committed records of one partition from one offset to another. kafkajs can read only as a member of a group, so
 * this is the sole member of a group made for the purpose and deleted after it.
 */
export async function readRange(
  kafka: Kafka,
  admin: Admin,
  partition: TopicPartition,
  range: { readonly from: number; readonly to: number },
  onBatch: OnBatch,
): Promise<void> {
  if (range.from >= range.to) return;
  const groupId = `points-restore-${randomUUID()}`;
  const consumer = kafka.consumer({
    groupId,
    maxWaitTimeInMs: 50,
    maxBytesPerPartition: 4 * 1_024 * 1_024,
    sessionTimeout: 30_000,
    partitionAssigners: [singlePartitionAssigner(partition.topic, partition.partition)],
    retry: { restartOnFailure: () => Promise.resolve(false) },
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [partition.topic], fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      let position = range.from;
      const advance = (next: number): void => {
        position = Math.max(position, next);
        if (position >= range.to) resolve();
      };
      consumer.on(consumer.events.CRASH, ({ payload: { error } }) => {
        reject(toError(error));
      });
      // Markers and aborted records alone reach nobody's eachBatch, but may be all that stands before the end.
      consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
        if (payload.batchSize === 0) advance(Number(payload.lastOffset) + 1);
      });
      consumer.on(consumer.events.GROUP_JOIN, () => {
        consumer.seek({ ...partition, offset: String(position) });
      });
      consumer
        .run({
          autoCommit: false,
          eachBatch: async ({ batch, isStale }) => {
            const chunk = chunkOf(batch);
            if (isStale() || position >= range.to) return;
            const records = chunk.records.filter(({ offset }) => offset >= position && offset < range.to);
            await onBatch(records, Math.min(chunk.next, range.to)).catch((error: unknown) => {
              reject(toError(error));
            });
            advance(chunk.next);
          },
        })
        .catch(reject);
    });
  } catch (error) {
    throw unavailable(error, { topic: partition.topic });
  } finally {
    await consumer.disconnect();
    // Only tidiness: the broker forgets an empty group by itself.
    await admin.deleteGroups([groupId]).catch(() => undefined);
  }
}
