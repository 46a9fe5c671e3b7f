import path from 'node:path';
import { toError } from '../../common/errors.ts';
import { installServers, type ServerKind } from './install.ts';
import type { Progress } from './install-recipes.ts';
import { assertJava } from './java.ts';
import { type ProxiedListener, startKafka } from './kafka.ts';
import { startMongo } from './mongo.ts';
import { assertPortsFree, namedPorts, type Ports } from './ports.ts';
import { startRedis, type RedisRole } from './redis.ts';
import { startRegistry } from './registry.ts';
import type { SecureServers } from './secure.ts';
import type { ServerHandle } from './server.ts';

/** What of the servers is wanted; Redis counts twice. */
export type ServerRole = 'kafka' | 'mongo' | 'redisCache' | 'redisState' | 'registry';

/** The servers that run as our processes; what somebody else runs is absent. */
export interface ServerHandles {
  readonly kafka?: readonly ServerHandle[];
  readonly mongo?: ServerHandle;
  readonly redisCache?: ServerHandle;
  readonly redisState?: ServerHandle;
  readonly registry?: ServerHandle;
}

export interface ProcessOptions {
  readonly roles: ReadonlySet<ServerRole>;
  readonly dataDir: string;
  readonly cacheDir?: string;
  readonly ports: Ports;
  readonly brokers: 1 | 3;
  readonly proxiedKafka?: readonly ProxiedListener[];
  readonly secure?: SecureServers | undefined;
  readonly progress: Progress;
}

const kindOf: Readonly<Record<ServerRole, ServerKind>> = {
  kafka: 'kafka',
  mongo: 'mongo',
  redisCache: 'redis',
  redisState: 'redis',
  registry: 'registry',
};

const assertOurPortsFree = async ({ roles, ports, brokers }: ProcessOptions): Promise<void> => {
  const ours = new Set([
    ...(roles.has('kafka') ? [...ports.kafka.slice(0, brokers), ...ports.kafkaControllers.slice(0, brokers)] : []),
    ...(['mongo', 'redisCache', 'redisState', 'registry'] as const).flatMap((role) =>
      roles.has(role) ? ports[role] : [],
    ),
  ]);
  await assertPortsFree(namedPorts(ports).filter(({ port }) => ours.has(port)));
};

/** All handles, flat. */
export const allHandles = (handles: ServerHandles): readonly ServerHandle[] => [
  ...(handles.kafka ?? []),
  ...[handles.mongo, handles.redisCache, handles.redisState, handles.registry].filter((handle) => handle !== undefined),
];

/**
 * Installs what is missing and starts the wanted servers, all at once; when one fails, the others are stopped again.
 * @throws PortTakenError before anything is installed or started, InstallFailedError, ServerFailedError
 */
export const startProcesses = async (options: ProcessOptions): Promise<ServerHandles> => {
  const { roles, dataDir, ports, brokers, progress, secure } = options;
  await assertOurPortsFree(options);
  if (roles.has('kafka') || roles.has('registry')) await assertJava();
  const software = await installServers({
    kinds: [...new Set([...roles].map((role) => kindOf[role]))],
    progress,
    ...(options.cacheDir !== undefined && { cacheDir: options.cacheDir }),
  });
  const logDir = path.join(dataDir, 'logs');
  const folder = (name: string): string => path.join(dataDir, name);
  const redis = (role: RedisRole, port: number): Promise<ServerHandle> =>
    startRedis({ role, software: software.redis, dataDir: folder(`redis-${role}`), logDir, port, secure });
  const starters = {
    kafka: () =>
      startKafka({
        ...{ software: software.kafka, dataDir: folder('kafka'), logDir, brokers, secure },
        ...{ ports: ports.kafka, controllerPorts: ports.kafkaControllers },
        ...(options.proxiedKafka && { proxied: options.proxiedKafka }),
      }),
    mongo: () => startMongo({ software: software.mongo, dataDir: folder('mongo'), logDir, port: ports.mongo, secure }),
    redisCache: () => redis('cache', ports.redisCache),
    redisState: () => redis('state', ports.redisState),
    registry: () =>
      startRegistry({ software: software.registry, dataDir: folder('registry'), logDir, port: ports.registry }),
  } as const satisfies Record<ServerRole, () => Promise<ServerHandle | readonly ServerHandle[]>>;

  const since = Date.now();
  const faults: Error[] = [];
  const start = async <Started>(role: ServerRole, starter: () => Promise<Started>): Promise<Started | undefined> => {
    if (!roles.has(role)) return undefined;
    try {
      const started = await starter();
      const names = [started].flat().map((handle) => (handle as ServerHandle).name);
      progress(`${names.join(', ')}: up after ${((Date.now() - since) / 1000).toFixed(1)} s`);
      return started;
    } catch (thrown) {
      faults.push(toError(thrown));
      return undefined;
    }
  };
  const [kafka, mongo, redisCache, redisState, registry] = await Promise.all([
    start('kafka', starters.kafka),
    start('mongo', starters.mongo),
    start('redisCache', starters.redisCache),
    start('redisState', starters.redisState),
    start('registry', starters.registry),
  ]);
  const handles: ServerHandles = {
    ...(kafka && { kafka }),
    ...(mongo && { mongo }),
    ...(redisCache && { redisCache }),
    ...(redisState && { redisState }),
    ...(registry && { registry }),
  };
  const [fault] = faults;
  if (fault !== undefined) {
    await Promise.all(allHandles(handles).map((handle) => handle.stop()));
    throw fault;
  }
  return handles;
};
