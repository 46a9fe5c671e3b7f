import path from 'node:path';
import { roleEnvironment, roleNodeOptions } from '../role-options.mjs';
import type { ServerAddresses } from './addresses.ts';
import type { Ports } from './ports.ts';
import { probeGrpcHealth, probeHttp } from './probes.ts';
import type { ServerSpec } from './server.ts';
import { runTool } from './tool.ts';

/** What a run of the service's roles on this machine depends on. */
export interface ServiceRun {
  readonly ports: Ports;
  readonly addresses: ServerAddresses;
  /** MongoDB database. */
  readonly database: string;
  /** host:port */
  readonly authHost: string;
  /** host:port; absent: no customer is validated. */
  readonly coreHost?: string;
  /** Folder of the state stores; goes with Kafka's data, or they would tell of topics that are not there. */
  readonly stateDir: string;
  /** Opens the operators' page; absent: there is none. */
  readonly operatorToken?: string;
  /** Folder of the roles' own logs. */
  readonly logDir: string;
}

const commandLine = [...roleNodeOptions, path.resolve(import.meta.dirname, '../cli.ts')] as const;

/** The environment the roles read their settings from, as production gives it to them. */
export const serviceEnvironment = (run: ServiceRun, env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv => ({
  ...roleEnvironment,
  ...env,
  KAFKA_BROKER: run.addresses.brokers.join(','),
  SCHEMA_REGISTRY_URL: run.addresses.registry,
  POINTS_DB_HOST: run.addresses.mongo,
  POINTS_DB_NAME: run.database,
  REDIS_HOST: run.addresses.redis.cache,
  REDIS_STATE_HOST: run.addresses.redis.state,
  AUTH_HOST: run.authHost,
  ...(run.coreHost !== undefined && { CORE_HOST: run.coreHost }),
  ...(run.operatorToken !== undefined && { POINTS_OPERATOR_TOKEN: run.operatorToken }),
  POINTS_HTTP_HOST: '127.0.0.1',
  POINTS_GRPC_HOST: '127.0.0.1',
  POINTS_GRPC_PORT: String(run.ports.grpc),
  POINTS_STATE_DIR: run.stateDir,
});

interface RoleOptions {
  /** Port of HTTP; 0 where nobody asks. */
  readonly httpPort: number;
  readonly ports: ServerSpec['ports'];
  readonly probe: ServerSpec['probe'];
}

const role = (run: ServiceRun, name: string, options: RoleOptions): ServerSpec => ({
  name,
  command: process.execPath,
  args: [...commandLine, name],
  env: { ...serviceEnvironment(run), POINTS_HTTP_PORT: String(options.httpPort) },
  logFile: path.join(run.logDir, `${name}.log`),
  ports: options.ports,
  probe: options.probe,
});

/** `points service`: ingress and processor in one process, with HTTP; up when it says that it is ready. */
export const serviceRole = (run: ServiceRun): ServerSpec =>
  role(run, 'service', {
    httpPort: run.ports.http,
    ports: [{ server: 'HTTP', port: run.ports.http }],
    probe: () => probeHttp(`http://127.0.0.1:${run.ports.http}/ready`),
  });

/** `points ingress` alone; up when it says that it is ready. */
export const ingressRole = (run: ServiceRun): ServerSpec =>
  role(run, 'ingress', {
    httpPort: run.ports.http,
    ports: [{ server: 'HTTP', port: run.ports.http }],
    probe: () => probeHttp(`http://127.0.0.1:${run.ports.http}/ready`),
  });

/** `points processor` alone; up when it lives, because after a crash it takes a while until it has its tasks again. */
export const processorRole = (run: ServiceRun): ServerSpec =>
  role(run, 'processor', {
    httpPort: run.ports.processor,
    ports: [{ server: 'processor', port: run.ports.processor }],
    probe: () => probeHttp(`http://127.0.0.1:${run.ports.processor}/health`),
  });

/** `points balances-server`: gRPC, up when its health service says so. */
export const balancesRole = (run: ServiceRun): ServerSpec =>
  role(run, 'balances-server', {
    httpPort: 0,
    ports: [{ server: 'gRPC', port: run.ports.grpc }],
    probe: () => probeGrpcHealth(`127.0.0.1:${run.ports.grpc}`),
  });

/**
 * `points setup`, to its end: topics, schemas, collections, translations.
 * @throws InstallFailedError with what it said last
 */
export const runSetup = async (run: ServiceRun): Promise<void> => {
  await runTool(process.execPath, [...commandLine, 'setup'], { env: serviceEnvironment(run) });
};
