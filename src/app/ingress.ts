import { createKafka } from '../adapters/kafka/index.ts';
import { createCommandPublisher } from '../adapters/kafka/command-publisher.ts';
import {
  connectMongo,
  createMerchantDirectory,
  type MerchantDirectory,
  type MongoConnection,
} from '../adapters/mongo/index.ts';
import { createProcessedLookup, createRedis } from '../adapters/redis/index.ts';
import { createRegistry } from '../adapters/registry/index.ts';
import { type IngestCommand, topics } from '../contracts/index.ts';
import { type IngressMetrics, webhookRoutes } from '../ingress/index.ts';
import { attribute, type Tracing } from '../common/tracing.ts';
import type { Serde } from '../streams/index.ts';
import { createBuffering } from './buffering.ts';
import { createDoors } from './doors.ts';
import { late } from './late.ts';
import type { Metrics } from './metrics/metrics.ts';
import { openRequestDoor } from './request-door.ts';
import type { RoleContext } from './role.ts';
import { tracePublisher } from './tracing/trace-publisher.ts';
import { waitFor } from './wait-for.ts';
import { watchLag } from './watch-lag.ts';

/** How an outcome that is not the sender's fault counts among the errors. */
const faults: Readonly<Record<string, string>> = { unavailable: 'DEPENDENCY_UNAVAILABLE', failed: 'INTERNAL' };

const ingressMetrics = (
  { webhooks, webhookLatency, errors }: Metrics,
  tracing: Tracing | undefined,
): IngressMetrics => ({
  answered: (outcome, reason, seconds) => {
    tracing?.active()?.set({ [attribute.outcome]: outcome, [attribute.reason]: reason ?? undefined });
    webhooks.inc({ outcome, reason: reason ?? '' });
    webhookLatency.observe(seconds);
    const error_type = faults[outcome];
    if (error_type !== undefined) errors.inc({ error_type });
  },
});

/**
 * The ingress role: webhooks, redemptions and tills' batches over HTTP, published to points.ingest. Until its servers have
 * answered for the first time a webhook gets 503, and Shopify sends it again. From then on Kafka may be away: what comes
 * waits in MongoDB.
 */
export async function startIngress(context: RoleContext<'ingress'>): Promise<void> {
  const { config, logger, metrics, health, lifecycle, clock, newId, transport } = context;
  const mongo = late<MongoConnection>('MongoDB');
  const shops = late<MerchantDirectory>('MongoDB');
  const serde = late<Serde<IngestCommand>>('The schema registry');
  const kafka = createKafka({
    ...{ brokers: config.kafkaBrokers, clientId: `${config.applicationId}-ingress`, logger },
    security: transport.kafka,
  });
  watchLag(context);
  const encode = (command: IngestCommand): Buffer => serde.get().serialize(command);
  const kafkaPublisher = createCommandPublisher({ kafka, topic: topics.ingest.name, logger, clock, encode });
  lifecycle.add('publisher', () => kafkaPublisher.close());
  const buffering = createBuffering(context, { sender: kafkaPublisher, encode });
  const publisher = tracePublisher(context.tracing, buffering.publisher);
  const redis = createRedis({ url: config.redisStateUrl, name: 'processed', logger, tls: transport.redis });
  lifecycle.add('redis state', () => redis.close());

  health.register('ingress kafka', { ready: buffering.check(() => kafkaPublisher.isHealthy()) });
  // Once it has started it takes commands without either, as merchants are kept in memory: a balancer that took every instance
  // out would lose what Kafka can have. Whether the queue can be used is part of `ingress kafka`.
  health.register('ingress mongodb', { optional: true, ready: mongo.check((connection) => connection.ping()) });
  health.register('ingress redis state', { optional: true, ready: health.probe(() => redis.ping()) });
  // Needed once: what is known then is kept, and followed from there on.
  health.register('ingress merchants of mongodb', { ready: shops.check(() => Promise.resolve()) });
  health.register('ingress schema', { ready: serde.check(() => Promise.resolve()) });

  const doors = createDoors(context, 'webhooks', 'requests');
  const routes = webhookRoutes({
    shops: {
      byShopDomain: async (shopDomain) => shops.get().byShopDomain(shopDomain),
      knows: (shopDomain) => shops.peek()?.knows(shopDomain) ?? false,
      sharesSecret: (merchant) => shops.get().sharesSecret(merchant),
    },
    door: doors.webhooks,
    publisher,
    processed: createProcessedLookup({
      connection: redis,
      onError: () => {
        metrics.errors.inc({ error_type: 'PROCESSED_LOOKUP_FAILED' });
      },
    }),
    metrics: ingressMetrics(metrics, context.tracing),
    ...{ logger, clock, newId },
  });
  context.routes(routes);
  openRequestDoor(context, {
    door: doors.requests,
    ...{ publisher, redisState: redis, mongo: () => mongo.get() },
    merchantOf: async (merchantId) => shops.get().byId(merchantId),
  });

  const waiting = { logger, signal: lifecycle.stopping };
  const { mongoUrl: uri, mongoDatabase: database, registryUrl: url } = config;
  const connect = () => connectMongo({ uri, database, appName: 'points-ingress', tls: transport.mongo });
  const connection = await waitFor('MongoDB', connect, waiting);
  lifecycle.add('mongodb', () => connection.close());
  mongo.set(connection);
  const directory = createMerchantDirectory({ connection, logger, clock });
  lifecycle.add('merchants', () => directory.close());
  await waitFor('MongoDB', () => directory.start(), waiting);
  await buffering.start(connection, directory);
  shops.set(directory);
  const { name, record } = topics.ingest;
  const registry = createRegistry({ url, tls: transport.registry });
  serde.set(await waitFor('The schema registry', () => registry.serde(name, record), waiting));
  await waitFor('Kafka', () => kafkaPublisher.connect(), waiting);
}
