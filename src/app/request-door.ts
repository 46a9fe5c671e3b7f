import { createAuthClient, createTokenValidator } from '../adapters/auth/index.ts';
import { createOutcomeReader, type MongoConnection } from '../adapters/mongo/index.ts';
import type { RedisConnection } from '../adapters/redis/index.ts';
import type { Door } from '../admission/index.ts';
import { stopwatch } from '../common/clock.ts';
import type { MerchantSettings } from '../domain/index.ts';
import { requestRoutes } from '../ingress/index.ts';
import type { RequestPublisher } from '../requests/ports.ts';
import { awaitDecisions } from './await-decisions.ts';
import { createRequestMetrics } from './metrics/request-metrics.ts';
import type { RoleContext } from './role.ts';

/** Auth with its second attempt; what a till waits besides is the decision. */
const authTimeoutMs = 1_000;

export interface RequestDoorOptions {
  /** What it lets in comes in. */
  readonly door: Door;
  readonly publisher: RequestPublisher;
  /** The Redis that outcomes are kept in. */
  readonly redisState: RedisConnection;
  /** @throws DependencyUnavailableError until it is there */
  readonly mongo: () => MongoConnection;
  /** Undefined for an unknown merchant. @throws DependencyUnavailableError */
  readonly merchantOf: (merchantId: string) => Promise<MerchantSettings | undefined>;
}

/**
 * `POST /redemptions` and `POST /pos/transactions` of the ingress role. Whether Auth answers is no matter of its
 * readiness: an Auth that is away must not keep webhooks out.
 */
export function openRequestDoor(
  context: RoleContext<'ingress'>,
  { door, publisher, redisState, mongo, merchantOf }: RequestDoorOptions,
): void {
  const { config, logger, metrics, lifecycle, clock, newId, tracing, transport } = context;
  const { authHost: host, redisStateUrl, decisionWaitMs: waitMs } = config;
  const auth =
    host === undefined
      ? undefined
      : createAuthClient({ host, clock, timeoutMs: authTimeoutMs, tracing, certificates: transport.grpcClient });
  if (auth === undefined) {
    logger.info({}, 'POST /redemptions and /pos/transactions let nobody in: AUTH_HOST is not set');
  } else {
    lifecycle.add('auth', () => {
      auth.close();
    });
  }
  const decisions = awaitDecisions(context, {
    ...{ publisher, redisState, redisStateUrl },
    lasting: { find: async (question) => createOutcomeReader({ connection: mongo() }).find(question) },
  });
  context.routes(
    requestRoutes({
      tokens: auth && createTokenValidator({ auth, clock, stopwatch }),
      metrics: createRequestMetrics(metrics.registry),
      ...{ door, decisions, merchantOf, waitMs, logger, clock, newId },
    }),
  );
}
