import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import type { ServerAddresses } from '../../src/ops/dev/addresses.ts';
import { outsideAvro } from './avro-outside.ts';

/** A record of audit_log as another service would see it. */
export interface AuditRecord {
  readonly partition: number;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Record<string, unknown>;
}

/** Reads audit_log from where it begins to where it ends now. */
export const readAuditLog = async ({
  brokers,
  registry,
}: Pick<ServerAddresses, 'brokers' | 'registry'>): Promise<readonly AuditRecord[]> => {
  const topic = 'audit_log';
  const kafka = new Kafka({ brokers: [...brokers], clientId: 'audit-reader', logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topic).finally(() => admin.disconnect());
  const missing = new Set(ends.filter(({ low, high }) => low !== high).map(({ partition }) => partition));
  const records: AuditRecord[] = [];
  const avro = outsideAvro(registry);
  const done = Promise.withResolvers<undefined>();
  if (missing.size === 0) return records;
  const consumer = kafka.consumer({ groupId: `audit-reader-${randomUUID()}` });
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        for (const { key, value, headers } of batch.messages) {
          records.push({
            ...{ partition: batch.partition, key: String(key) },
            headers: Object.fromEntries(Object.entries(headers ?? {}).map(([name, text]) => [name, String(text)])),
            value: await avro.decode(value!),
          });
        }
        const high = Number(ends.find(({ partition }) => partition === batch.partition)?.high ?? 0);
        if (Number(batch.lastOffset()) + 1 >= high) missing.delete(batch.partition);
        if (missing.size === 0) done.resolve(undefined);
      },
    });
    await done.promise;
  } finally {
    await consumer.disconnect();
  }
  return records;
};
