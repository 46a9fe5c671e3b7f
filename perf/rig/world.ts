import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kafka } from 'kafkajs';
import { createKafka, kafkajsClientSupplier } from '../../src/adapters/kafka/index.ts';
import { createRegistry } from '../../src/adapters/registry/index.ts';
import { loadConfig } from '../../src/app/index.ts';
import { createServiceSerdes, type ServiceSerdes } from '../../src/app/serdes.ts';
import { setUp } from '../../src/app/setup.ts';
import { silentLogger } from '../../src/common/logger.ts';
import { topics } from '../../src/contracts/index.ts';
import type { StreamAdmin } from '../../src/streams/ports.ts';
import { type BenchMerchant, benchMerchants, seedBenchMerchants } from './merchants.ts';
import type { BenchServers } from './servers.ts';
import { merchantCount, partitions } from './sizes.ts';
import { pause } from './pause.ts';

/** The service's topics, schemas and collections, all empty: what one part measures no other has touched. */
export interface World {
  readonly name: string;
  readonly servers: BenchServers;
  readonly applicationId: string;
  readonly database: string;
  readonly stateDir: string;
  /** What a role of the service is started with. */
  readonly env: Readonly<Record<string, string>>;
  readonly merchants: readonly BenchMerchant[];
  readonly serdes: ServiceSerdes;
  readonly kafka: Kafka;
  readonly admin: StreamAdmin;
  logFile(name: string): string;
  close(): Promise<void>;
}

const goneWithinMs = 10_000;

async function deleteTopics(kafka: Kafka): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const ours = new Set<string>(Object.values(topics).map(({ name }) => name));
    const there = async (): Promise<string[]> => (await admin.listTopics()).filter((name) => ours.has(name));
    const old = await there();
    if (old.length === 0) return;
    await admin.deleteTopics({ topics: old });
    for (const began = performance.now(); (await there()).length > 0; await pause(50)) {
      if (performance.now() - began > goneWithinMs) throw new Error(`Topics are still there: ${old.join(', ')}`);
    }
  } finally {
    await admin.disconnect();
  }
}

export async function freshWorld(servers: BenchServers, name: string): Promise<World> {
  const { addresses, folder, mongo, cache, state } = servers;
  const applicationId = `bench-${name}`;
  const database = `bench_${name}`;
  const stateDir = join(folder, 'state', name);
  await mkdir(stateDir, { recursive: true });
  const env = {
    KAFKA_BROKER: addresses.brokers.join(','),
    SCHEMA_REGISTRY_URL: addresses.registry,
    POINTS_DB_HOST: addresses.mongo,
    POINTS_DB_NAME: database,
    REDIS_HOST: addresses.redis.cache,
    REDIS_STATE_HOST: addresses.redis.state,
    POINTS_HTTP_HOST: '127.0.0.1',
    POINTS_HTTP_PORT: '0',
    POINTS_STATE_DIR: stateDir,
    POINTS_APPLICATION_ID: applicationId,
    POINTS_PARTITIONS: String(partitions),
    POINTS_LOG_LEVEL: 'info',
  };
  const clientOptions = { brokers: addresses.brokers, clientId: 'bench', logger: silentLogger };
  const kafka = createKafka(clientOptions);
  await deleteTopics(kafka);
  await Promise.all([cache.flushall(), state.flushall()]);
  await setUp(loadConfig(env, ['setup']), silentLogger);
  const merchants = benchMerchants(merchantCount, partitions);
  await seedBenchMerchants(mongo, database, merchants);
  const admin = kafkajsClientSupplier({ ...clientOptions, replicationFactor: 1 }).admin();
  await admin.connect();
  return {
    ...{ name, servers, applicationId, database, stateDir, env, merchants, kafka, admin },
    serdes: await createServiceSerdes(createRegistry({ url: addresses.registry }), applicationId),
    logFile: (of) => join(folder, 'logs', `${name}-${of}.log`),
    close: () => admin.close(),
  };
}
