import type { FastifyPluginAsync } from 'fastify';
import type { Clock } from '../common/clock.ts';
import type { Logger } from '../common/logger.ts';
import type { Tracing } from '../common/tracing.ts';
import type { Config, RoleName } from './config.ts';
import type { Health } from './health.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { Transport } from './transport.ts';
import type { RunningStreams } from './running-streams.ts';

/** Roles that run for as long as their process; the others are over when they are done. */
export type ServiceRole = Exclude<
  RoleName,
  'setup' | 'compliance' | 'operator' | 'translator' | 'inspection' | 'dlq' | 'replay' | 'verify' | 'doctor'
>;

/** What a role is given: the process it runs in. Roles started together share all of it. */
export interface RoleContext<Role extends RoleName = RoleName> {
  readonly config: Config<Role>;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Register checks before anything is waited for, so that /ready can say what is missing. */
  readonly health: Health;
  /** Say how to stop each thing right where it is started. */
  readonly lifecycle: Lifecycle;
  readonly clock: Clock;
  /** Absent where nothing is traced. */
  readonly tracing?: Tracing;
  /** Certificates and log-ins of every connection. */
  readonly transport: Transport;
  /** Add streams when they are started, so that they can be looked at. */
  readonly streams: RunningStreams;
  /** Makes ids, for example correlation ids. */
  readonly newId: () => string;
  /** Adds routes to the process's HTTP server; only before a role's start waits for anything. */
  readonly routes: (plugin: FastifyPluginAsync) => void;
}
