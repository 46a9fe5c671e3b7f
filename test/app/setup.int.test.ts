import kafkajs, { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/app/config.ts';
import { setUp } from '../../src/app/setup.ts';
import { silentLogger } from '../../src/common/logger.ts';
import { ownersTopic, removeTopic } from '../support/owners-topic.ts';
import { freshDatabase } from '../support/mongo-database.ts';
import { sharedServers } from '../support/servers.ts';

const endings: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const ending of endings) await ending();
});

describe('setUp', () => {
  const { brokers, registry, mongo } = sharedServers();
  const env = { KAFKA_BROKER: brokers.join(), SCHEMA_REGISTRY_URL: registry, POINTS_DB_HOST: mongo };
  const admin = new Kafka({ brokers: [...brokers], clientId: 'test', logLevel: logLevel.NOTHING }).admin();
  let database: Awaited<ReturnType<typeof freshDatabase>>['database'];

  beforeAll(async () => {
    ({ database } = await freshDatabase(mongo, (ending) => endings.push(ending)));
    await admin.connect();
    endings.push(() => admin.disconnect());
  });

  test('makes topics, schemas, collections and texts, and changes nothing when it is repeated', async () => {
    const config = loadConfig({ ...env, POINTS_DB_NAME: database.databaseName }, ['setup']);
    await ownersTopic(admin, 'vip_tier.assigned', 6);
    await removeTopic(admin, 'task.failed');
    for (let times = 0; times < 2; times += 1) {
      await setUp(config, silentLogger);
      const { topics } = await admin.fetchTopicMetadata({
        topics: ['points.ingest', 'points.earned', 'audit_log', 'points.balances', 'points.dlq'],
      });
      expect(topics.map(({ partitions }) => partitions.length)).toEqual([4, 4, 4, 4, 4]);
      const { topics: foreign } = await admin.fetchTopicMetadata({
        topics: ['vip_tier.assigned', 'task.failed'],
      });
      const partitionsOf = Object.fromEntries(foreign.map(({ name, partitions }) => [name, partitions.length]));
      expect(partitionsOf).toEqual({ 'vip_tier.assigned': 6, 'task.failed': 4 });
      const subjects = (await (await fetch(`${registry}/subjects`)).json()) as string[];
      expect(subjects).toEqual(
        expect.arrayContaining([
          'points.ingest-value',
          'points.earned-value',
          'audit_log-value',
          'points.balances-value',
        ]),
      );
      const collections = await database.listCollections({}, { nameOnly: true }).toArray();
      expect(collections.map(({ name }) => name)).toEqual(
        expect.arrayContaining(['merchants', 'points_transactions', 'processed_events', 'translations']),
      );
      expect(await database.collection('translations').countDocuments()).toBe(21);
    }
  });

  test('gives the compacted topic its policy and the others their retention', async () => {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: ['points.ingest', 'points.balances'].map((name) => ({
        ...{ type: kafkajs.ConfigResourceTypes.TOPIC, name, configNames: ['cleanup.policy', 'retention.ms'] },
      })),
    });
    const values = resources.map(({ resourceName, configEntries }) => [
      resourceName,
      ...configEntries.map(({ configValue }) => configValue).sort(),
    ]);
    expect(values.sort()).toEqual([
      ['points.balances', '604800000', 'compact'],
      ['points.ingest', '604800000', 'delete'],
    ]);
  });

  test('refuses topics with another number of partitions, and names them', async () => {
    const config = loadConfig({ ...env, POINTS_DB_NAME: database.databaseName, POINTS_PARTITIONS: '5' }, ['setup']);
    await expect(setUp(config, silentLogger)).rejects.toThrow(
      'Topics have another number of partitions than POINTS_PARTITIONS=5: points.ingest has 4',
    );
  });

  test('gives up on a server that stays away', async () => {
    const config = loadConfig({ ...env, SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1' }, ['setup']);
    await expect(setUp(config, silentLogger, { timeoutMs: 500 })).rejects.toThrow(
      'The schema registry is not available',
    );
  });
});
