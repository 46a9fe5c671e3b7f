import { setTimeout as sleep } from 'node:timers/promises';
import { createKafka, createProjectionProgress, kafkajsClientSupplier } from '../adapters/kafka/index.ts';
import {
  connectMongo,
  createLedgerHistory,
  createLedgerStore,
  createMerchantDirectory,
  type MongoConnection,
} from '../adapters/mongo/index.ts';
import { createBalanceCache, createProcessedMarks, createRedis } from '../adapters/redis/index.ts';
import { createRegistry } from '../adapters/registry/index.ts';
import { type AuditEntry, topics } from '../contracts/index.ts';
import { markProcessed, writeBalances, writeLedger } from '../sinks/index.ts';
import { KafkaStreams, type StreamsOptions, type TokenBuckets, type Topology } from '../streams/index.ts';
import { balancesTopology } from '../../topologies/balances/index.ts';
import { ingestTopology } from '../../topologies/ingest/index.ts';
import { ledgerTopology } from '../../topologies/ledger/index.ts';
import { pointsTopology } from '../../topologies/points/index.ts';
import { createCompliance } from './compliance.ts';
import { late } from './late.ts';
import { createCustomers } from './customers.ts';
import { createMerchantBuckets } from './merchant-buckets.ts';
import { createRateLimitHooks } from './metrics/rate-limit-metrics.ts';
import { redemptionsProjection } from './redemptions-projection.ts';
import type { RoleContext } from './role.ts';
import { createForeignSerdes, createServiceSerdes, type ServiceSerdes } from './serdes.ts';
import { streamsHealth } from './streams-health.ts';
import { createStreamsMetrics, type StreamsMetrics } from './metrics/streams-metrics.ts';
import { createTexts, type Texts } from './texts.ts';
import { storeSpan, tracedWrite } from './tracing/record-spans.ts';
import { traceRecords } from './tracing/trace-records.ts';
import { waitFor } from './wait-for.ts';
import { watchLag } from './watch-lag.ts';

type Context = RoleContext<'processor'>;

/** For a pipeline of 1,000 commands; nobody waits for its answer as a reader of balances does. */
const commandTimeoutMs = 2_000;

/** Under steady load a transaction begins so long after the one before, at the earliest: a broker does so many a second. */
const pointsCommitIntervalMs = 15;

/** Nobody waits for the ledger as for a balance, and larger batches cost MongoDB less: each is a write to its journal. */
const ledgerLingerMs = 100;

/** A caller waits for its redemption; but a fetch for every transaction would cost all others more than it gains that one. */
const redemptionsLingerMs = 40;

/** A batch whose dependency stays away: dead-lettered as retryable, or held until it is back. */
const retryDelaysMs = [1_000, 2_000, 4_000];

/** Every topology of the role. */
export const processorTopologies = ['ingest', 'points', 'ledger', 'redemptions', 'balances'] as const;

export type ProcessorTopology = (typeof processorTopologies)[number];

/**
 * The processor role: its topologies in one process. Ingest brings in what other services say, points decides, the others
 * follow what it has committed. They share nothing but Kafka, and may as well run in a process each.
 *
 * @param chosen runs only these; all by default
 */
export async function startProcessor(
  context: Context,
  chosen: readonly ProcessorTopology[] = processorTopologies,
): Promise<void> {
  const { config, logger, health, lifecycle, metrics, clock, tracing, transport } = context;
  const { kafkaBrokers: brokers, applicationId, replicationFactor } = config;

  const streamsMetrics = createStreamsMetrics(metrics.registry);
  const running = new Map<string, KafkaStreams>();
  streamsMetrics.observe(() => [...running.values()]);
  watchLag(context);
  const mongo = late<MongoConnection>('MongoDB');
  const registry = createRegistry({ url: config.registryUrl, tls: transport.registry });
  const kafka = createKafka({
    ...{ brokers, clientId: `${applicationId}-processor`, logger },
    security: transport.kafka,
  });
  const progress = createProjectionProgress({ kafka, groupId: `${applicationId}-ledger`, topic: topics.audit.name });
  const redisOptions = { logger, commandTimeoutMs, tls: transport.redis };
  const cacheRedis = createRedis({ url: config.redisCacheUrl, name: 'cache', ...redisOptions });
  const stateRedis = createRedis({ url: config.redisStateUrl, name: 'state', ...redisOptions });
  lifecycle.add('redis cache', () => cacheRedis.close());
  lifecycle.add('redis state', () => stateRedis.close());

  health.register('mongodb', { ready: mongo.check((connection) => connection.ping()) });
  health.register('redis cache', { ready: health.probe(() => cacheRedis.ping()) });
  health.register('redis state', { ready: health.probe(() => stateRedis.ping()) });
  health.register('schema registry', { ready: health.probe(() => registry.ping()) });
  for (const name of chosen) {
    streamsMetrics.expect(name);
    health.register(
      `streams ${name}`,
      streamsHealth(
        () => running.get(name),
        clock,
        () => progress.ping(),
      ),
    );
  }

  const waiting = { logger, signal: lifecycle.stopping };
  const connection = await waitFor(
    'MongoDB',
    () =>
      connectMongo({
        ...{ uri: config.mongoUrl, database: config.mongoDatabase, appName: 'points-processor' },
        tls: transport.mongo,
      }),
    waiting,
  );
  lifecycle.add('mongodb', () => connection.close());
  mongo.set(connection);
  const serdes = await waitFor('The schema registry', () => createServiceSerdes(registry, applicationId), waiting);
  await waitFor('Kafka', () => progress.connect(), waiting);
  lifecycle.add('kafka', () => progress.close());

  const options: StreamsOptions = {
    applicationId,
    clientSupplier: kafkajsClientSupplier({
      brokers,
      clientId: `${applicationId}-processor`,
      logger,
      replicationFactor,
      security: transport.kafka,
    }),
    stateDir: config.stateDir,
    logger,
    clock,
    replicationFactor,
    ...(tracing && { interceptor: traceRecords(tracing) }),
    listener: {
      ...streamsMetrics.listener,
      onFatal: (_topology, error) => {
        // A crash ends the process: what a supervisor restarts is better than what lives without working.
        queueMicrotask(() => {
          throw error;
        });
      },
    },
  };
  const run = async (topology: Topology, own: Partial<StreamsOptions>): Promise<void> => {
    if (!chosen.some((name) => name === topology.name)) return;
    const streams = new KafkaStreams(topology, { ...options, ...own });
    lifecycle.add(`streams ${topology.name}`, () => streams.close());
    running.set(topology.name, streams);
    context.streams.add(streams);
    await waitFor('Kafka', () => streams.start(), waiting);
  };

  const texts = createTexts({ redis: cacheRedis, logger, clock, metrics });
  lifecycle.add('translations', () => texts.close());
  await waitFor('MongoDB', () => texts.follow(connection), waiting);
  const pointsParts = { serdes, texts, buckets: createMerchantBuckets(stateRedis, logger), streamsMetrics };
  await run(await points(context, connection, pointsParts, (before) => progress.assertPast(before)), {
    retryPolicy: { delaysMs: retryDelaysMs, afterwards: 'give-up' },
    commitIntervalMs: pointsCommitIntervalMs,
  });
  const projection: Partial<StreamsOptions> = {
    processingGuarantee: 'at_least_once',
  };
  const marks = createProcessedMarks(stateRedis);
  const onUnmarked = (entries: number): void => {
    metrics.errors.inc({ error_type: 'NOT_MARKED' }, entries);
  };
  const store = createLedgerStore({ connection, clock, logger });
  await run(
    ledgerTopology({
      auditSerde: serdes.audit,
      write: tracedWrite(tracing, 'insert points_transactions', storeSpan('mongodb'), async (entries) => {
        const refusals = await writeLedger({ store, sleep: (ms) => sleep(ms) }, entries);
        const refused = new Set(refusals.map(({ index }) => index));
        countTransactions(
          metrics,
          entries.filter((_entry, index) => !refused.has(index)),
        );
        return refusals;
      }),
      carryOut: createCompliance(context, { mongo: connection, cacheRedis, stateRedis }),
      markProcessed: (entries) => markProcessed({ marks, logger, onUnmarked }, entries),
    }),
    { ...projection, lingerMs: ledgerLingerMs, fetchGatherMs: ledgerLingerMs },
  );
  await run(redemptionsProjection(context, { connection, stateRedis, auditSerde: serdes.audit }), {
    ...projection,
    lingerMs: redemptionsLingerMs,
    fetchGatherMs: redemptionsLingerMs,
  });
  const cache = createBalanceCache({ connection: cacheRedis });
  await run(
    balancesTopology({
      balanceSerde: serdes.balances,
      write: tracedWrite(tracing, 'set balance', storeSpan('redis'), (balances) => writeBalances({ cache }, balances)),
    }),
    projection,
  );
  // What other services wait to hear comes before what they tell us: both are behind with the same backlog.
  await run(ingestTopology({ serdes: { ingest: serdes.ingest, ...createForeignSerdes(registry) } }), {
    processingGuarantee: 'at_least_once',
  });
}

async function points(
  context: Context,
  connection: MongoConnection,
  parts: {
    readonly serdes: ServiceSerdes;
    readonly texts: Texts;
    readonly buckets: TokenBuckets;
    readonly streamsMetrics: StreamsMetrics;
  },
  assertLedgerPast: (before: number) => Promise<void>,
): Promise<Topology> {
  const { config, logger, lifecycle, clock, metrics } = context;
  const waiting = { logger, signal: lifecycle.stopping };
  const merchants = createMerchantDirectory({ connection, logger, clock });
  lifecycle.add('merchants', () => merchants.close());
  await waitFor('MongoDB', () => merchants.start(), waiting);
  const history = createLedgerHistory(connection);
  const { serdes, texts, buckets, streamsMetrics } = parts;
  return pointsTopology({
    serdes,
    buckets,
    onRateLimit: createRateLimitHooks({ metrics, logger, clock }),
    merchants,
    customers: createCustomers(context),
    appliedEvents: {
      async find(events, before) {
        // What the ledger does not hold yet it cannot answer for.
        await assertLedgerPast(before);
        return history.appliedEvents(events);
      },
    },
    redemptionTimeoutMs: config.redemptionTimeoutSeconds * 1_000,
    messages: texts.messages,
    onDecided: ({ arrivedAt, hasWaited }) => {
      const seconds = Math.max(0, clock.now() - arrivedAt) / 1_000;
      metrics.transactionLatency.observe({ path: hasWaited ? 'deferred' : 'direct' }, seconds);
    },
    onDuplicate: () => {
      streamsMetrics.duplicates.inc();
    },
  });
}

function countTransactions({ transactions }: Context['metrics'], entries: readonly AuditEntry[]): void {
  for (const { type, locale } of entries) transactions.inc({ type, locale });
}
