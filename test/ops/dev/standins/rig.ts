import { randomUUID } from 'node:crypto';
import { kafkajsClientSupplier } from '../../../../src/adapters/kafka/index.ts';
import { createRegistry } from '../../../../src/adapters/registry/index.ts';
import { silentLogger } from '../../../../src/common/logger.ts';
import { type AvroRecords, foreignTopics, topics } from '../../../../src/contracts/index.ts';
import { type Standins, startStandins } from '../../../../src/ops/dev/standins/start.ts';
import { startPrivateServers, temporaryFolder } from '../../../support/servers.ts';

type OnEnd = (cleanUp: () => Promise<void>) => unknown;

const all = [...Object.values(topics), ...Object.values(foreignTopics)];

/** The stand-ins on a Kafka of their own with the topics of the service, and somebody who writes and reads there. */
export const standinsRig = async (onEnd: OnEnd) => {
  const { addresses } = await startPrivateServers(onEnd, { roles: ['kafka', 'registry'] });
  const { brokers } = addresses;
  const supplier = kafkajsClientSupplier({ brokers, clientId: 'rig', logger: silentLogger, replicationFactor: 1 });
  const admin = supplier.admin();
  await admin.connect();
  onEnd(() => admin.close());
  await admin.createTopics(all.map(({ name }) => ({ name, partitions: 4, config: {} })));
  const producer = supplier.producer();
  await producer.connect();
  onEnd(() => producer.close());
  const registry = createRegistry({ url: addresses.registry });
  const [folder, archive, keyFolder] = [
    await temporaryFolder('standins'),
    await temporaryFolder('admincore'),
    await temporaryFolder('auth'),
  ];

  const start = (): Promise<Standins> =>
    startStandins({
      ...{ brokers, registry: addresses.registry, ports: { core: 0, auth: 0, control: 0 } },
      ...{ folder, archive, keyFolder, logger: silentLogger },
    });
  let running = await start();
  onEnd(() => running.close());

  const call = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(`${running.control}${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as never };
  };
  return {
    keyFolder,
    archive,
    get addresses() {
      return { core: running.coreHost, auth: running.authHost };
    },
    get: async <T>(path: string): Promise<T> => (await call('GET', path)).body,
    post: (path: string, body: unknown) => call('POST', path, body),
    tell: (target: string, mode: string, delayMs = 0) => call('POST', '/control', { target, mode, delayMs }),
    /** Ends them and starts them again on what they have kept. */
    restart: async () => {
      await running.close();
      running = await start();
    },
    /** As the service writes: keyed by merchant, followed by a header. */
    write: async <N extends keyof AvroRecords>(
      topic: string,
      record: N,
      ...values: readonly (AvroRecords[N] & { readonly merchant_id: string; readonly correlation_id: string })[]
    ): Promise<void> => {
      const serde = await registry.serde(topic, record);
      const records = values.map((value) => ({
        key: Buffer.from(value.merchant_id),
        ...{ value: serde.serialize(value), timestamp: Date.now(), headers: { correlation_id: value.correlation_id } },
      }));
      await producer.send({ topic, partition: 1, records });
    },
    /** All there is on a topic now. */
    read: async <N extends keyof AvroRecords>(topic: string, record: N) => {
      const serde = registry.reader(topic, record);
      const found: { key: string; correlationId: string; value: AvroRecords[N] }[] = [];
      for (const partition of [0, 1, 2, 3]) {
        const { low, high } = await admin.offsets({ topic, partition });
        await admin.read({ topic, partition }, { from: low, to: high }, async (records) => {
          await serde.prepare?.(records.map(({ value }) => value));
          for (const { key, value, headers } of records) {
            const correlationId = String(headers['correlation_id']);
            found.push({ key: String(key), correlationId, value: serde.deserialize(value ?? Buffer.alloc(0)) });
          }
        });
      }
      return found;
    },
  };
};

const merchantId = '6f6c2a52-7f5b-4d3b-9a4e-0b6a1f1d0001';

/** A redemption as the service tells of it. */
export const redemption = (own: Partial<AvroRecords['RewardRedemption']> = {}): AvroRecords['RewardRedemption'] => ({
  ...{ event_id: randomUUID(), customer_id: randomUUID(), merchant_id: merchantId, reward_id: randomUUID() },
  ...{ idempotency_token: randomUUID(), points: 50, task_id: null, locale: 'en', schema_version: '1.0.0' },
  ...{ created_at: Date.now(), correlation_id: randomUUID(), ...own },
});

/** Points as the service tells of them. */
export const earned = (own: Partial<AvroRecords['PointsEarned']> = {}): AvroRecords['PointsEarned'] => ({
  ...{ event_id: randomUUID(), customer_id: randomUUID(), merchant_id: merchantId, points: 50, type: 'earn' },
  ...{ locale: 'en', description: 'You earned 50 points', schema_version: '1.0.0' },
  ...{ created_at: Date.now(), correlation_id: randomUUID(), ...own },
});
