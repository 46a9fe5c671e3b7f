import { createAuthClient, createTokenValidator } from '../adapters/auth/index.ts';
import {
  connectMongo,
  createLedgerPages,
  createLedgerReader,
  createMerchantDirectory,
  type MerchantDirectory,
} from '../adapters/mongo/index.ts';
import { serverCredentials } from '../adapters/grpc/server-credentials.ts';
import { createBalanceCache, createBalanceChanges, createRedis } from '../adapters/redis/index.ts';
import { createBalanceReader, createBalanceWatcher, createTransactionLister } from '../balances/index.ts';
import type { LedgerPages, LedgerReader } from '../balances/ports.ts';
import { stopwatch } from '../common/clock.ts';
import { createBalanceServer, routeGrpcLogs } from '../egress/index.ts';
import { createBalanceTexts } from './balance-texts.ts';
import { createDoors } from './doors.ts';
import { failed, passed } from './health.ts';
import { keepServingStatus } from './keep-serving-status.ts';
import { late } from './late.ts';
import type { OpenRedemptionDoor } from './redemption-door.ts';
import type { RoleContext } from './role.ts';
import { createTexts } from './texts.ts';
import { waitFor } from './wait-for.ts';

/** Auth with its second attempt, Redis (250 ms) and the ledger together stay below a call's 2 s. */
const authTimeoutMs = 800;
const ledgerTimeoutMs = 900;

/**
 * The balances-server role: GetPointsBalance over gRPC, from Redis and the ledger, and RedeemReward where Kafka and the
 * registry are set. It listens at once and answers UNAVAILABLE until its servers have answered for the first time.
 * @param openRedemptions loaded only where it is needed: a server that only reads has no Kafka client in its memory
 */
export async function startBalancesServer(
  context: RoleContext<'balances-server'>,
  openRedemptions?: OpenRedemptionDoor,
): Promise<void> {
  const { config, logger, metrics, health, lifecycle, clock, newId, tracing, transport } = context;
  routeGrpcLogs(logger);
  const ledger = late<LedgerReader & LedgerPages & { readonly ping: () => Promise<void> }>('MongoDB');
  const merchants = late<MerchantDirectory>('MongoDB');
  const auth = createAuthClient({
    ...{ host: config.authHost, clock, timeoutMs: authTimeoutMs, tracing },
    certificates: transport.grpcClient,
  });
  lifecycle.add('auth', () => {
    auth.close();
  });
  const redis = createRedis({ url: config.redisCacheUrl, name: 'cache', logger, tls: transport.redis });
  lifecycle.add('redis cache', () => redis.close());
  const changesRedis = createRedis({
    ...{ url: config.redisCacheUrl, name: 'cache changes', logger },
    tls: transport.redis,
  });
  lifecycle.add('redis cache changes', () => changesRedis.close());
  const changes = createBalanceChanges({ connection: changesRedis, logger });
  lifecycle.add('balance changes', () => {
    changes.close();
  });
  const texts = createTexts({ redis, logger, clock, metrics });

  health.register('mongodb', { ready: ledger.check((reader) => reader.ping()) });
  health.register('redis cache', { ready: health.probe(() => redis.ping()) });
  // Without it changes are told some seconds late.
  health.register('redis cache changes', { optional: true, ready: health.probe(() => changesRedis.ping()) });
  health.register('auth', { ready: health.probe(() => auth.ping(900)) });
  health.register('texts', {
    ready: () => (texts.areFollowed ? passed : failed('MongoDB has not answered yet')),
  });

  const balances = createBalanceReader({
    cache: createBalanceCache({ connection: redis }),
    ledger: { newestBalance: async (...customer) => ledger.get().newestBalance(...customer) },
    observe: (source, seconds) => {
      metrics.balanceLatency.observe({ source }, seconds);
    },
    logger,
    clock: stopwatch,
  });
  const { kafkaBrokers: brokers, registryUrl } = config;
  const door =
    brokers !== undefined && registryUrl !== undefined
      ? openRedemptions?.(context, { brokers, registryUrl, merchants: () => merchants.get() })
      : undefined;
  if (door === undefined) logger.info({}, 'RedeemReward is not served: it needs KAFKA_BROKER and SCHEMA_REGISTRY_URL');
  const certificates = transport.grpcServer;
  const server = createBalanceServer({
    ...(certificates && { credentials: serverCredentials(certificates) }),
    ...(door && { redemptions: door.redemptions }),
    doors: createDoors(context, 'reads', 'redemptions'),
    tokens: createTokenValidator({ auth, clock, stopwatch }),
    balances,
    watcher: createBalanceWatcher({ balances, changes, logger }),
    transactions: createTransactionLister({
      newestBefore: async (...page) => ledger.get().newestBefore(...page),
    }),
    describeBalance: createBalanceTexts({ texts, merchants: () => merchants.get() }),
    ...{ logger, clock, newId, tracing },
    onCall: ({ method, code, seconds, streamed }) => {
      metrics.grpcCalls.inc({ method, code });
      // What was shed took no time, and would make the others look fast.
      if (!streamed && code !== 'RESOURCE_EXHAUSTED') metrics.grpcLatency.observe({ method }, seconds);
    },
    onWatches: (open) => {
      metrics.balanceWatches.set(open);
    },
    onError: (code) => {
      metrics.errors.inc({ error_type: code });
    },
  });
  lifecycle.addDoor('grpc', () => server.close());
  const port = await server.listen(`${bracketed(config.grpcHost)}:${config.grpcPort}`);
  logger.info({ grpc_port: port }, 'gRPC listens');

  const waiting = { logger, signal: lifecycle.stopping };
  const { mongoUrl: uri, mongoDatabase: database } = config;
  const connect = () => connectMongo({ uri, database, appName: 'points-balances-server', tls: transport.mongo });
  const connection = await waitFor('MongoDB', connect, waiting);
  lifecycle.add('mongodb', () => connection.close());
  const read = { connection, deadlineMs: ledgerTimeoutMs };
  ledger.set({ ...createLedgerReader(read), ...createLedgerPages(read), ping: () => connection.ping() });
  const directory = createMerchantDirectory({ connection, logger, clock });
  lifecycle.add('merchants', () => directory.close());
  await waitFor('MongoDB', () => directory.start(), waiting);
  merchants.set(directory);
  lifecycle.add('translations', () => texts.close());
  await waitFor('MongoDB', () => texts.follow(connection), waiting);
  const serving = await keepServingStatus({ server, health, stores: ['mongodb', 'redis cache'] });
  lifecycle.add('serving status', () => {
    serving.stop();
  });
  await door?.start(connection);
}

/** An IPv6 address stands in brackets before a port. */
const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);
