import { randomUUID } from 'node:crypto';
import { type Clock, systemClock } from '../common/clock.ts';
import type { Logger } from '../common/logger.ts';
import type { Tracing } from '../common/tracing.ts';
import type { Config } from './config.ts';
import { createHealth } from './health.ts';
import { createHttpServer } from './http-server.ts';
import { createLifecycle, type Lifecycle } from './lifecycle.ts';
import { createCertificateMetrics } from './metrics/certificate-metrics.ts';
import { createMetrics } from './metrics/metrics.ts';
import type { RoleContext, ServiceRole } from './role.ts';
import { openTransport, type Transport } from './transport.ts';
import { createRunningStreams } from './running-streams.ts';

/**
 * Starts one role in a process. What it does before its first `await` must not need any server: routes and checks are
 * registered there. It resolves when the role works, however long its servers keep it waiting, and rejects only for
 * what waiting cannot mend.
 */
export type StartRole<Role extends ServiceRole> = (context: RoleContext<Role>) => Promise<void>;

export interface RunRolesOptions<Role extends ServiceRole> {
  readonly config: Config<Role>;
  readonly logger: Logger;
  readonly starts: readonly StartRole<Role>[];
  readonly clock?: Clock;
  /** Makes the process's tracing; absent where nothing is traced. */
  readonly createTracing?: (parts: Pick<RoleContext<Role>, 'logger' | 'metrics' | 'lifecycle'>) => Tracing;
  /** Makes the process known to others, once it works. */
  readonly announce?: (context: RoleContext<Role>, httpPort: number) => void;
}

export interface RunningRoles {
  readonly httpPort: number;
  readonly lifecycle: Lifecycle;
  /** Resolves when every role works; rejects when one cannot start, and the process should then end. */
  readonly started: Promise<void>;
}

/**
 * Runs roles in this process, with one HTTP server for all of them. It listens before any role has found its servers:
 * from then on /health answers, and /ready says what is missing.
 *
 * @throws ListenFailedError
 */
export async function runRoles<Role extends ServiceRole>(options: RunRolesOptions<Role>): Promise<RunningRoles> {
  const { config, logger, starts, clock = systemClock, announce } = options;
  const lifecycle = createLifecycle({ logger });
  const health = createHealth({ logger });
  const metrics = createMetrics();
  const countRefusal = createCertificateMetrics(metrics.registry, () => transport.watchers);
  const transport: Transport = openTransport(config, { logger, clock, onRefused: countRefusal });
  lifecycle.add('certificates', () => {
    transport.close();
  });
  // The first to be there is the last to be stopped: it sends what the others leave.
  const tracing = options.createTracing?.({ logger, metrics, lifecycle });
  const http = createHttpServer({ health, metrics, logger, ...(tracing && { tracing }) });
  lifecycle.addDoor('http', () => http.close());
  const context: RoleContext<Role> = {
    ...{ config, logger, metrics, health, lifecycle, clock, transport },
    ...(tracing && { tracing }),
    newId: randomUUID,
    streams: createRunningStreams(),
    routes: (plugin) => {
      http.register(plugin);
    },
  };
  lifecycle.stopping.addEventListener('abort', () => {
    health.stopping();
  });
  const starting = Promise.all(starts.map((start) => start(context)));
  const started = starting.then(
    () => {
      if (!lifecycle.stopping.aborted) logger.info({}, 'Started');
    },
    (error: unknown) => {
      // Whoever waits for a server when the process is stopped is not a failure.
      if (!lifecycle.stopping.aborted) throw error;
    },
  );
  // Until the caller looks at it, its failure must not count as one that nobody caught.
  started.catch(() => undefined);
  const settings = config as Config<never>;
  const httpPort = await http.listen(settings.httpHost, settings.httpPort).catch(async (error: unknown) => {
    await lifecycle.stop('HTTP cannot listen');
    throw error;
  });
  logger.info({ http_port: httpPort }, 'HTTP listens');
  started.then(
    () => {
      if (!lifecycle.stopping.aborted) announce?.(context, httpPort);
    },
    () => undefined,
  );
  return { httpPort, lifecycle, started };
}
