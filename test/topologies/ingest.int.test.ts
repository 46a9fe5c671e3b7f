import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { kafkajsClientSupplier } from '../../src/adapters/kafka/index.ts';
import { createRegistry } from '../../src/adapters/registry/index.ts';
import { loadConfig } from '../../src/app/index.ts';
import { startProcessor } from '../../src/app/processor.ts';
import { runRoles, type RunningRoles } from '../../src/app/run-roles.ts';
import { setUp } from '../../src/app/setup.ts';
import { silentLogger } from '../../src/common/logger.ts';
import type { IngestCommand } from '../../src/contracts/index.ts';
import type { ConsumedRecord } from '../../src/streams/index.ts';
import { freshDatabase } from '../support/mongo-database.ts';
import { ownersTopic } from '../support/owners-topic.ts';
import { sharedServers, temporaryFolder } from '../support/servers.ts';
import { until } from '../support/until.ts';

/** Where a Java client puts each of these merchants in a topic of four partitions. */
const merchants = {
  '0d5a1a63-7a0c-4a57-8d3b-0c8a4c1e7b22': 0,
  'a9f1c2d3-0000-4000-8000-000000000005': 1,
  '6f1f64b4-3c5f-4c0e-9b52-1f6b8f0c2a11': 2,
  '11111111-1111-1111-1111-111111111111': 3,
} as const;
const merchantIds = Object.keys(merchants);

interface Found {
  readonly partition: number;
  readonly key: string;
  readonly correlationId: string;
  readonly command: IngestCommand;
}

const { brokers, registry: url, mongo, redis } = sharedServers();
const registry = createRegistry({ url });
const supplier = kafkajsClientSupplier({
  brokers,
  clientId: 'ingest-test',
  logger: silentLogger,
  replicationFactor: 1,
});

/** Tells each record that comes onto a topic of ours from now on. */
const follow = async (topic: string, onRecord: (record: ConsumedRecord) => Promise<void>): Promise<void> => {
  const admin = supplier.admin();
  await admin.connect();
  onTestFinished(() => admin.close());
  const positions = await Promise.all(
    [0, 1, 2, 3].map(async (partition) => {
      const { high } = await admin.offsets({ topic, partition });
      return { topic, partition, offset: high };
    }),
  );
  const reader = supplier.topicReader({
    positions,
    onFetched: async ({ records }) => {
      for (const record of records) await onRecord(record);
    },
    onCrash: () => undefined,
  });
  await reader.start();
  onTestFinished(() => reader.stop());
};

describe('what other services say, under keys and partitions of their own', () => {
  let env: Readonly<Record<string, string>>;
  beforeAll(async () => {
    const admin = new Kafka({ brokers: [...brokers], clientId: 'owner', logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await ownersTopic(admin, 'vip_tier.assigned', 3);
    await ownersTopic(admin, 'task.created', 7);
    await admin.disconnect();
  });

  const start = async (): Promise<RunningRoles> => {
    const config = loadConfig(env, ['processor']);
    const running = await runRoles<'processor'>({
      ...{ config, logger: silentLogger },
      starts: [(context) => startProcessor(context, ['ingest'])],
    });
    onTestFinished(async () => {
      await running.lifecycle.stop('test');
    });
    await running.started;
    return running;
  };

  test('comes onto points.ingest under its merchant, once each, also over a restart; what is unusable is a dead letter', async () => {
    const connection = await freshDatabase(mongo, onTestFinished);
    env = {
      ...{ KAFKA_BROKER: brokers.join(), SCHEMA_REGISTRY_URL: url, POINTS_DB_HOST: mongo },
      ...{ REDIS_HOST: redis.cache, REDIS_STATE_HOST: redis.state },
      ...{ POINTS_DB_NAME: connection.database.databaseName, POINTS_APPLICATION_ID: `in-${randomUUID().slice(0, 8)}` },
      ...{ POINTS_HTTP_HOST: '127.0.0.1', POINTS_HTTP_PORT: '0', POINTS_STATE_DIR: await temporaryFolder('state') },
    };
    await setUp(loadConfig(env, ['setup']), silentLogger);
    const ingest = registry.reader('points.ingest', 'IngestCommand');
    const found: Found[] = [];
    const dead: string[] = [];
    await follow('points.ingest', async ({ partition, key, value, headers }) => {
      await ingest.prepare?.([value]);
      const command = ingest.deserialize(value ?? Buffer.alloc(0));
      found.push({ partition, key: String(key), correlationId: String(headers['correlation_id']), command });
    });
    await follow('points.dlq', async ({ headers }) => {
      dead.push(String(headers['__streams.errors.message']));
    });

    // Campaign and Event Tracking as they are: clients of their own, keys of their own, their schemas under their topics.
    const kafka = new Kafka({ brokers: [...brokers], clientId: 'others', logLevel: logLevel.NOTHING });
    const producer = kafka.producer();
    await producer.connect();
    onTestFinished(() => producer.disconnect());
    const tiers = await registry.serde('vip_tier.assigned', 'VipTierAssigned');
    const tasks = await registry.serde('task.created', 'TaskCreated');
    const failures = await registry.serde('task.failed', 'TaskFailed');
    const send = async (round: number): Promise<void> => {
      const customer_id = randomUUID();
      const correlation_id = `round-${round}`;
      for (const [index, merchant_id] of merchantIds.entries()) {
        const common = { merchant_id, customer_id, idempotency_token: randomUUID(), created_at: index, correlation_id };
        const tier = { merchant_id, customer_id, event_id: randomUUID(), tier_id: 'gold', assigned_at: index };
        const key = `campaign-${round}-${index}`;
        const headers = { correlation_id };
        await producer.sendBatch({
          topicMessages: [
            { topic: 'vip_tier.assigned', messages: [{ key, headers, value: tiers.serialize(tier) }] },
            {
              topic: 'task.created',
              messages: [{ key, value: tasks.serialize({ ...common, task_id: randomUUID() }) }],
            },
            { topic: 'task.failed', messages: [{ key, value: failures.serialize({ ...common, task_id: null }) }] },
          ],
        });
      }
    };

    await send(1);
    const bad = {
      event_id: 'x',
      merchant_id: merchantIds[0]!,
      customer_id: randomUUID(),
      tier_id: 'a',
      assigned_at: 0,
    };
    await producer.send({ topic: 'vip_tier.assigned', messages: [{ key: 'bad', value: tiers.serialize(bad) }] });
    const first = await start();
    await until('the first round is there', () => found.length >= 12 && dead.length >= 1, 30_000);
    await first.lifecycle.stop('test');
    await send(2);
    await start();
    await until('the second round is there', () => found.length >= 24, 30_000);

    expect(dead).toEqual(['event_id is not a UUID']);
    const count = (record: Found): string => {
      const [kind = ''] = Object.keys(record.command.command);
      const outcome = record.command.command['points.RedemptionSettled']?.outcome ?? '';
      return `${record.correlationId} ${record.command.correlation_id} ${record.key} ${record.partition} ${kind} ${outcome}`;
    };
    const wanted = [1, 2].flatMap((round) =>
      Object.entries(merchants).flatMap(([merchant, partition]) =>
        ['TierAssigned ', 'RedemptionSettled completed', 'RedemptionSettled failed'].map(
          (kind) => `round-${round} round-${round} ${merchant} ${partition} points.${kind}`,
        ),
      ),
    );
    expect(found.map(count).sort()).toEqual(wanted.sort());
  }, 120_000);
});
