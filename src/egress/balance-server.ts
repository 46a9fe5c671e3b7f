import { type ChannelOptions, Server, ServerCredentials, status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation, protoPath as healthProto } from 'grpc-health-check';
import type { Door } from '../admission/index.ts';
import type { Clock } from '../common/clock.ts';
import type { Logger } from '../common/logger.ts';
import type { Tracing } from '../common/tracing.ts';
import { type PointsHandlers, pointsPackage, pointsService, pointsServiceName } from '../contracts/grpc/index.ts';
import { callerKey } from '../requests/index.ts';
import { accountForCalls } from './account-for-calls.ts';
import { admitCalls, judgeCalls } from './admit-calls.ts';
import { answering } from './answer.ts';
import { answeringStream } from './answer-stream.ts';
import { ListenFailedError } from './errors.ts';
import { getPointsBalance, type GetPointsBalanceDeps } from './get-points-balance.ts';
import { guardStreams } from './guard-streams.ts';
import { listTransactions, type ListTransactionsDeps } from './list-transactions.ts';
import { openStreams } from './open-streams.ts';
import { redeemReward, type RedeemRewardDeps } from './redeem-reward.ts';
import type { CallOutcome, RememberingTokenValidator } from './ports.ts';
import { createStreamLimits } from './stream-limits.ts';
import { traceCalls } from './trace-calls.ts';
import { watchPointsBalance, type WatchPointsBalanceDeps } from './watch-points-balance.ts';

/** What RedeemReward needs beside what every call does. */
export type Redemptions = Omit<RedeemRewardDeps, 'tokens' | 'clock'>;

export interface BalanceServerDeps extends GetPointsBalanceDeps, ListTransactionsDeps, WatchPointsBalanceDeps {
  readonly tokens: RememberingTokenValidator;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Has a span for each call but a watch, which lasts for as long as its client likes. */
  readonly tracing?: Tracing | undefined;
  /** Plain text by default. */
  readonly credentials?: ServerCredentials | undefined;
  /** Watches of this server at once; 1,000 by default. */
  readonly maxWatches?: number;
  /** Watches of one token at once; 100 by default, as one that speaks for a whole merchant may watch many customers. */
  readonly maxWatchesPerToken?: number;
  /** Told of each change of how many watches are open. */
  readonly onWatches?: (open: number) => void;
  /** Makes the correlation id of a call that brings none. */
  readonly newId: () => string;
  readonly onCall?: (outcome: CallOutcome) => void;
  /** Told the stable code of every failure that is not the caller's fault. */
  readonly onError?: (code: string) => void;
  /** Longest life of one call. Milliseconds, 2,000 by default. */
  readonly maxCallMs?: number;
  /** Answers RedeemReward; without it that is UNIMPLEMENTED. */
  readonly redemptions?: Redemptions;
  /** By which calls come in; without them all are let in. */
  readonly doors?: { readonly reads: Door; readonly redemptions: Door };
  /** How long calls under way may take to end at close. Milliseconds, 5,000 by default. */
  readonly drainMs?: number;
}

export interface BalanceServer {
  /**
   * Binds, for example `0.0.0.0:50059` (port 0: any free one), and answers from then on.
   * @returns the port
   * @throws ListenFailedError when the address is taken
   */
  listen(address: string): Promise<number>;
  /** What health checks are told; NOT_SERVING until it is first said otherwise, and for good once closing. */
  setServing(serving: boolean): void;
  /** Says NOT_SERVING, takes no new calls, lets calls under way end, cuts what is left after `drainMs`. */
  close(): Promise<void>;
}

/**
 * Watches are streams as well: those of all clients fit, and a shed call takes so little that the others are soon through.
 * With more than eight connections each has fewer.
 */
const streamLimits = { mostStreams: 2_048, mostOfConnection: 256, leastOfConnection: 32 } as const;

/**
 * Nothing here is as grpc-js has it by default: there, streams, ages and idle times have no limit. Channelz stays on:
 * without it grpc-js 1.14 loses count of connections, and forceShutdown cuts none.
 */
const limits: ChannelOptions = {
  'grpc.max_receive_message_length': 64 * 1024,
  // A page of 100 transactions, each with a sentence of up to 280 characters in any script.
  'grpc.max_send_message_length': 256 * 1024,
  'grpc.max_concurrent_streams': streamLimits.mostOfConnection,
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.max_connection_idle_ms': 5 * 60_000,
  // Clients come back to another replica, or with another certificate.
  'grpc.max_connection_age_ms': 10 * 60_000,
  'grpc.max_connection_age_grace_ms': 10_000,
};

const watchedServices = ['', pointsServiceName];

/** What a call of RedeemReward may take beside its wait for the decision: Auth, and the merchant. */
const besideWaitMs = 1_500;

/** The gRPC side door: reads of balances and of the ledger, redemptions, standard health and reflection on one port. */
export function createBalanceServer(deps: BalanceServerDeps): BalanceServer {
  const { logger, clock, newId, onCall = () => undefined, onError = () => undefined } = deps;
  const {
    credentials = ServerCredentials.createInsecure(),
    maxCallMs = 2_000,
    drainMs = 5_000,
    onWatches = () => undefined,
    redemptions,
  } = deps;
  const { maxWatches: perServer = 1_000, maxWatchesPerToken: perToken = 100 } = deps;
  const watches = createStreamLimits({ perServer, perToken, onOpen: onWatches });
  const streams = openStreams();
  const longerCallsMs = new Map(
    redemptions && [[pointsService.RedeemReward.path, redemptions.waitMs + besideWaitMs] as const],
  );
  const accounting = accountForCalls({ logger, clock, newId, maxCallMs, longerCallsMs, onCall });
  const { RedeemReward, ...reads } = pointsService;
  const doorOfPath = new Map<string, Door>(
    deps.doors && [
      [RedeemReward.path, deps.doors.redemptions],
      ...Object.values(reads).map(({ path }) => [path, deps.doors?.reads] as [string, Door]),
    ],
  );
  const admitting = {
    doorOf: (path: string) => doorOfPath.get(path),
    keyOf: (authorization: readonly (string | Buffer)[]) => callerKey(deps.tokens, authorization),
    onShed: (method: string) => {
      onCall({ method, code: status[status.RESOURCE_EXHAUSTED], seconds: 0, streamed: false });
    },
  };
  const tracing = deps.tracing === undefined ? [] : [traceCalls(deps.tracing)];
  // Accounting stands outside: it sees what is shed, too, and has made the correlation id by then.
  const interceptors = [accounting, admitCalls(admitting), ...tracing, streams.interceptor];
  const server = new Server({ ...limits, interceptors });
  guardStreams(server, { ...streamLimits, judge: judgeCalls(admitting) });
  const health = new HealthImplementation(Object.fromEntries(watchedServices.map((name) => [name, 'NOT_SERVING'])));
  let closing: Promise<void> | undefined;

  // What has no handler is answered with UNIMPLEMENTED.
  const handlers: Partial<PointsHandlers> = {
    GetPointsBalance: answering(getPointsBalance(deps), { logger, onError }),
    ListTransactions: answering(listTransactions(deps), { logger, onError }),
    WatchPointsBalance: answeringStream(watchPointsBalance(deps, watches), { logger, onError }),
    ...(redemptions && {
      RedeemReward: answering(redeemReward({ ...redemptions, tokens: deps.tokens, clock }), { logger, onError }),
    }),
  };
  server.addService(pointsService, handlers as PointsHandlers);
  health.addToServer(server);
  new ReflectionService({ ...pointsPackage, ...loadSync(healthProto) }).addToServer(server);

  const say = (serving: boolean): void => {
    for (const name of watchedServices) health.setStatus(name, serving ? 'SERVING' : 'NOT_SERVING');
  };

  const shutDown = (): Promise<void> =>
    new Promise((resolve) => {
      say(false);
      streams.end();
      const impatient = setTimeout(() => {
        logger.warn({ drain_ms: drainMs }, 'gRPC calls under way were cut');
        server.forceShutdown();
        resolve();
      }, drainMs);
      server.tryShutdown(() => {
        clearTimeout(impatient);
        resolve();
      });
    });

  return {
    listen: (address) =>
      new Promise((resolve, reject) => {
        server.bindAsync(address, credentials, (cause, port) => {
          if (cause === null) resolve(port);
          else reject(new ListenFailedError(address, { cause }));
        });
      }),
    setServing: (serving) => {
      if (closing === undefined) say(serving);
    },
    close: () => (closing ??= shutDown()),
  };
}
