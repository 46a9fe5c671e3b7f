import { createCommandPublisher, createKafka } from '../adapters/kafka/index.ts';
import { createOutcomeReader, type MerchantDirectory, type MongoConnection } from '../adapters/mongo/index.ts';
import { createRedis } from '../adapters/redis/index.ts';
import { createRegistry } from '../adapters/registry/index.ts';
import { type IngestCommand, topics } from '../contracts/index.ts';
import type { Redemptions } from '../egress/index.ts';
import type { OutcomeStore } from '../requests/ports.ts';
import type { Serde } from '../streams/index.ts';
import { awaitDecisions } from './await-decisions.ts';
import { failed, passed } from './health.ts';
import { late } from './late.ts';
import type { RoleContext } from './role.ts';
import { tracePublisher } from './tracing/trace-publisher.ts';
import { waitFor } from './wait-for.ts';

export interface RedemptionDoor {
  readonly redemptions: Redemptions;
  /** Call it once, when the stores are there; resolves when Kafka and the registry are too, and never needs to be awaited. */
  start(connection: MongoConnection): Promise<void>;
}

export interface RedemptionDoorOptions {
  readonly brokers: readonly string[];
  readonly registryUrl: string;
  /** @throws DependencyUnavailableError until it is there */
  readonly merchants: () => MerchantDirectory;
}

export type OpenRedemptionDoor = typeof openRedemptionDoor;

/** Publishes again and again for so long; the caller is told after its own wait at the latest. Milliseconds. */
const publishMs = 3_000;

/** What RedeemReward needs of a balances-server: it publishes to points.ingest, and hears what is decided. */
export function openRedemptionDoor(
  context: RoleContext<'balances-server'>,
  { brokers, registryUrl, merchants }: RedemptionDoorOptions,
): RedemptionDoor {
  const { config, logger, health, lifecycle, clock, tracing, transport } = context;
  const serde = late<Serde<IngestCommand>>('The schema registry');
  const lasting = late<OutcomeStore>('MongoDB');
  const kafka = createKafka({
    ...{ brokers, clientId: `${config.applicationId}-balances-server`, logger },
    security: transport.kafka,
  });
  const publisher = createCommandPublisher({
    ...{ kafka, topic: topics.ingest.name, logger, clock, deadlineMs: publishMs },
    encode: (command) => serde.get().serialize(command),
    ...(tracing && { traceparent: () => tracing.active()?.traceparent }),
  });
  lifecycle.add('publisher', () => publisher.close());
  const { redisStateUrl } = config;
  const redisState = createRedis({ url: redisStateUrl, name: 'decisions', logger, tls: transport.redis });
  lifecycle.add('redis state', () => redisState.close());

  // Balances are told without them, so gRPC's own health does not depend on these.
  const askKafka = async () => ((await publisher.isHealthy()) ? passed : failed('Kafka is not available'));
  health.register('redemption kafka', { ready: askKafka });
  health.register('redemption redis state', { ready: health.probe(() => redisState.ping()) });
  health.register('redemption schema', { ready: serde.check(() => Promise.resolve()) });

  const decisions = awaitDecisions(context, {
    ...{ publisher: tracePublisher(tracing, publisher), redisState, redisStateUrl },
    lasting: { find: async (question) => lasting.get().find(question) },
  });
  return {
    redemptions: {
      decisions,
      merchantOf: async (merchantId) => merchants().byId(merchantId),
      waitMs: config.decisionWaitMs,
    },
    start: async (connection) => {
      const waiting = { logger, signal: lifecycle.stopping };
      lasting.set(createOutcomeReader({ connection }));
      const { name, record } = topics.ingest;
      const registry = createRegistry({ url: registryUrl, tls: transport.registry });
      serde.set(await waitFor('The schema registry', () => registry.serde(name, record), waiting));
      await waitFor('Kafka', () => publisher.connect(), waiting);
    },
  };
}
