import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { kafkajsClientSupplier } from '../../src/adapters/kafka/index.ts';
import { type Logger, silentLogger } from '../../src/common/logger.ts';
import { KafkaStreams, type StreamsOptions, type Topology } from '../../src/streams/index.ts';
import type { ConsumedRecord, KafkaClientSupplier, ProducedRecord, StreamAdmin } from '../../src/streams/ports.ts';
import { sharedServers, temporaryFolder } from '../support/servers.ts';
import { until } from '../support/until.ts';

export type OnEnd = (cleanUp: () => Promise<void>) => unknown;

export const record = (key: string, value: unknown, timestamp = 1_000): ProducedRecord => ({
  key: Buffer.from(key),
  value: Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value)),
  timestamp,
  headers: {},
});

/** Topics of one test on the shared broker, and what runs on them; everything is undone at its end. */
export interface KafkaRig {
  readonly id: string;
  readonly supplier: KafkaClientSupplier;
  readonly admin: StreamAdmin;
  readonly topics: { readonly in: string; readonly out: string; readonly dead: string };
  /** A new folder for an instance's stores. */
  stateDir(): Promise<string>;
  send(topic: string, partition: number, records: readonly ProducedRecord[]): Promise<void>;
  /**
   * Committed records of one partition, from its beginning to its end. What a transaction holds is seen only a moment
   * after its commit was answered, so it waits until there are as many as are wanted.
   */
  read(topic: string, partition: number, wanted?: number): Promise<readonly ConsumedRecord[]>;
  /** The group's committed offset of a partition of the input. */
  committed(topology: string, topic: string, partition: number): Promise<number | undefined>;
  /** Closed at the end of the test, unless it was before. */
  streams(topology: Topology, options?: Partial<StreamsOptions>): Promise<KafkaStreams>;
}

export const kafkaRig = async (
  onEnd: OnEnd,
  options: { readonly partitions?: number; readonly logger?: Logger } = {},
): Promise<KafkaRig> => {
  const { partitions = 4, logger = silentLogger } = options;
  const { brokers } = sharedServers();
  const id = `streams-${randomUUID().slice(0, 8)}`;
  const supplier = kafkajsClientSupplier({ brokers, clientId: id, logger, replicationFactor: 1 });
  const admin = supplier.admin();
  await admin.connect();
  onEnd(() => admin.close());
  const producer = supplier.producer();
  await producer.connect();
  onEnd(() => producer.close());
  const topics = { in: `${id}-in`, out: `${id}-out`, dead: `${id}-dlq` };
  // Times here are made up and long ago: by them the broker would delete records in the middle of a test.
  const config = { 'retention.ms': '-1' };
  await admin.createTopics(Object.values(topics).map((name) => ({ name, partitions, config })));

  const stateDir = async (): Promise<string> => {
    const folder = await temporaryFolder('streams');
    onEnd(() => rm(folder, { recursive: true, force: true }));
    return folder;
  };
  return {
    ...{ id, supplier, admin, topics, stateDir },
    send: (topic, partition, records) => producer.send({ topic, partition, records }),
    read: async (topic, partition, wanted = 0) => {
      let found: ConsumedRecord[] = [];
      const isThere = async (): Promise<boolean> => {
        found = [];
        const { low, high } = await admin.offsets({ topic, partition });
        await admin.read({ topic, partition }, { from: low, to: high }, (records) => {
          found.push(...records);
          return Promise.resolve();
        });
        return found.length >= wanted;
      };
      await until(`${topic} holds ${String(wanted)} records`, isThere, 10_000);
      return found;
    },
    committed: async (topology, topic, partition) =>
      (await admin.committedOffset(`${id}-${topology}`, { topic, partition }))?.offset,
    streams: async (topology, own = {}) => {
      const streams = new KafkaStreams(topology, {
        ...{ applicationId: id, clientSupplier: supplier, logger, sessionTimeoutMs: 6_000, idleCommitMs: 50 },
        stateDir: own.stateDir ?? (await stateDir()),
        ...own,
      });
      onEnd(() => streams.close());
      return streams;
    },
  };
};
