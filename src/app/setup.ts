import { kafkajsClientSupplier } from '../adapters/kafka/index.ts';
import { connectMongo, setUpMongo, translationSeeds } from '../adapters/mongo/index.ts';
import { createRegistry } from '../adapters/registry/index.ts';
import { systemClock } from '../common/clock.ts';
import type { Logger } from '../common/logger.ts';
import { type ForeignTopicContract, foreignTopics, type TopicContract, topics } from '../contracts/index.ts';
import { defaultMessages } from '../domain/index.ts';
import type { Config } from './config.ts';
import { createServiceSerdes } from './serdes.ts';
import { assertPartitions, foreignTopicToCreate, topicToCreate } from './topic-settings.ts';
import { openTransport, type Transport } from './transport.ts';
import { waitFor, type WaitForOptions } from './wait-for.ts';

type SetUpConfig = Config<'setup'>;

export interface SetUpOptions {
  /** For each server that does not answer yet. Milliseconds, 60,000 by default. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

const allTopics: readonly TopicContract[] = Object.values(topics);
const allForeign: readonly ForeignTopicContract[] = Object.values(foreignTopics);

async function setUpTopics(config: SetUpConfig, transport: Transport, waiting: WaitForOptions): Promise<void> {
  const { kafkaBrokers: brokers, applicationId: clientId, replicationFactor, partitions } = config;
  const { logger } = waiting;
  const { kafka: security } = transport;
  const admin = kafkajsClientSupplier({ brokers, clientId, logger, replicationFactor, security }).admin();
  const names = allTopics.map(({ name }) => name);
  try {
    await waitFor('Kafka', () => admin.connect(), waiting);
    assertPartitions(await admin.partitionCounts(names), partitions);
    // Topics of others that are there stay as their owners made them, however many partitions they have.
    const wanted = [
      ...allTopics.map((topic) => topicToCreate(topic, partitions)),
      ...allForeign.map((topic) => foreignTopicToCreate(topic, partitions)),
    ];
    // Kafka may go away between two calls; topics that the first one made are left alone by the second.
    await waitFor('Kafka', () => admin.createTopics(wanted), waiting);
    // Somebody else may have created them meanwhile, with another number.
    assertPartitions(await admin.partitionCounts(names), partitions);
  } finally {
    await admin.close();
  }
  logger.info(
    { topics: [...names, ...allForeign.map(({ name }) => name)], partitions, replication_factor: replicationFactor },
    'Topics are there',
  );
}

async function registerSchemas(config: SetUpConfig, transport: Transport, waiting: WaitForOptions): Promise<void> {
  const registry = createRegistry({ url: config.registryUrl, tls: transport.registry });
  // Making the serdes registers their schemas, and refuses one that breaks compatibility.
  await waitFor('The schema registry', () => createServiceSerdes(registry, config.applicationId), waiting);
  waiting.logger.info({}, 'Schemas are registered');
}

async function setUpCollections(config: SetUpConfig, transport: Transport, waiting: WaitForOptions): Promise<void> {
  const { mongoUrl: uri, mongoDatabase: database } = config;
  const connect = () => connectMongo({ uri, database, appName: 'points-setup', tls: transport.mongo });
  const connection = await waitFor('MongoDB', connect, waiting);
  try {
    await setUpMongo(connection, { translations: translationSeeds(defaultMessages), clock: systemClock });
  } finally {
    await connection.close();
  }
  waiting.logger.info({ database }, 'Collections, validators, indexes and texts are there');
}

/**
 * Brings everything outside the process into the state the roles expect: topics, schemas, collections with validators
 * and indexes, texts. What is there already is left or brought up to date, so it can be run before every start.
 *
 * @throws TopicMismatchError when a topic has another number of partitions
 * @throws SchemaIncompatibleError when a schema breaks compatibility
 * @throws DependencyUnavailableError when a server stays away
 */
export async function setUp(config: SetUpConfig, logger: Logger, options: SetUpOptions = {}): Promise<void> {
  const { timeoutMs = 60_000, signal = new AbortController().signal } = options;
  const waiting = { logger, timeoutMs, signal };
  const transport = openTransport(config, { logger });
  try {
    await setUpTopics(config, transport, waiting);
    await registerSchemas(config, transport, waiting);
    await setUpCollections(config, transport, waiting);
  } finally {
    transport.close();
  }
}
