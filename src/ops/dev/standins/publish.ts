import { DependencyUnavailableError } from '../../../common/errors.ts';
import type { Clock } from '../../../common/clock.ts';
import { schemaVersion } from '../../../contracts/index.ts';
import type { Serde } from '../../../streams/index.ts';
import type { KafkaClientSupplier } from '../../../streams/ports.ts';

/** Writes to the topics of one stand-in as a Kafka client does: each record to the partition of its key. */
export interface Publisher {
  /**
   * @param serde writes the value
   * @throws DependencyUnavailableError when it may not have been stored
   */
  publish<Value>(topic: string, serde: Serde<Value>, record: PublishedRecord<Value>): Promise<void>;
  close(): Promise<void>;
}

export interface PublishedRecord<Value> {
  readonly key: string;
  readonly value: Value;
  readonly correlationId: string;
}

/** @param topics that are written to, which are there already */
export const createPublisher = async (
  supplier: KafkaClientSupplier,
  topics: readonly string[],
  clock: Clock,
): Promise<Publisher> => {
  const admin = supplier.admin();
  await admin.connect();
  const counts = await admin.partitionCounts(topics).finally(() => admin.close());
  const producer = supplier.producer();
  await producer.connect();
  return {
    publish: async (topic, serde, { key, value, correlationId }) => {
      const partitions = counts.get(topic);
      if (partitions === undefined) throw new DependencyUnavailableError('Kafka', { facts: { topic } });
      const bytes = Buffer.from(key);
      const headers = { correlation_id: correlationId, schema_version: schemaVersion };
      const records = [{ key: bytes, value: serde.serialize(value), timestamp: clock.now(), headers }];
      await producer.send({ topic, partition: supplier.partitionOf(bytes, partitions), records });
    },
    close: () => producer.close(),
  };
};
