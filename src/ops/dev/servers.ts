import { rm } from 'node:fs/promises';
import path from 'node:path';
import { tryLock } from '../lock.mjs';
import { localAddresses, mergeAddresses, namedServers, type NamedServers, type ServerAddresses } from './addresses.ts';
import { awaitNamed } from './await-named.ts';
import { composeDown, composeUp, composeWorks } from './compose.ts';
import { DataFolderInUseError } from './errors.ts';
import type { Progress } from './install-recipes.ts';
import type { ProxiedListener } from './kafka.ts';
import type { Ports } from './ports.ts';
import type { SecureServers } from './secure.ts';
import { allHandles, startProcesses, type ServerHandles, type ServerRole } from './processes.ts';

export interface StartServersOptions {
  /** Where the servers keep their data and logs; kept over restarts. One run at a time may have it. */
  readonly dataDir: string;
  readonly ports: Ports;
  /** 1 by default; three are always processes, since the compose file has one. */
  readonly brokers?: 1 | 3;
  /** Hears one line for each step. */
  readonly progress?: Progress;
  /** Where the servers' software lies; by default see `defaultCacheDir`. */
  readonly cacheDir?: string;
  /** Removes the data of earlier runs first. */
  readonly fresh?: boolean;
  /** Only these; all by default. */
  readonly roles?: readonly ServerRole[];
  /** A second listener of each broker, for clients that come through a proxy. */
  readonly proxiedKafka?: readonly ProxiedListener[];
  /** MongoDB and Redis speak TLS only, and brokers on a further listener. The addresses are told as ever. */
  readonly secure?: SecureServers;
  /** Names servers that somebody else runs, see `namedServers`; POINTS_NO_DOCKER=1 forces processes. */
  readonly env?: NodeJS.ProcessEnv;
}

/** The servers of one run. */
export interface DevServers {
  readonly addresses: ServerAddresses;
  /** Those that run as processes of ours, to be killed and restarted by tests. */
  readonly handles: ServerHandles;
  /** Stops what was started, all at once; never what the environment named. Keeps the data unless told otherwise. */
  stop(options?: { readonly removeData?: boolean }): Promise<void>;
}

/** Every server there is. */
export const allRoles: readonly ServerRole[] = ['kafka', 'mongo', 'redisCache', 'redisState', 'registry'];

const isNamed = (role: ServerRole, named: NamedServers): boolean =>
  (role === 'kafka' ? named.brokers : named[role]) !== undefined;

/** Beside the folder, so that it can be removed whole. */
const lockOf = (dataDir: string): string => `${dataDir}.lock`;

const lockData = (dataDir: string): (() => void) => {
  const { release, holder } = tryLock(lockOf(dataDir));
  if (release === undefined) throw new DataFolderInUseError(dataDir, holder);
  return release;
};

/**
 * Starts Kafka, MongoDB, both Redis and the Schema Registry, or those of them that the environment does not name, and
 * waits until all answer. They run in Docker where an engine answers, and as processes elsewhere.
 * @throws PortTakenError, DataFolderInUseError, InstallFailedError, ServerFailedError; then nothing is left running
 * @example
 * const servers = await startServers({ dataDir: '.points/data', ports: portsAt(0), progress: console.error });
 * await servers.stop();
 */
export const startServers = async (options: StartServersOptions): Promise<DevServers> => {
  const { ports, brokers = 1, progress = () => undefined, env = process.env } = options;
  const dataDir = path.resolve(options.dataDir);
  const named = namedServers(env);
  const roles = new Set((options.roles ?? allRoles).filter((role) => !isNamed(role, named)));
  const addresses = mergeAddresses(localAddresses(ports, brokers), named);

  const startOurs = async (): Promise<Omit<DevServers, 'addresses'>> => {
    if (roles.size === 0) return { handles: {}, stop: () => Promise.resolve() };
    if (
      brokers === 1 &&
      options.proxiedKafka === undefined &&
      options.secure === undefined &&
      (await composeWorks(env))
    ) {
      if (options.fresh === true) await composeDown(ports, true);
      await composeUp({ roles, ports, progress });
      return { handles: {}, stop: ({ removeData = false } = {}) => composeDown(ports, removeData) };
    }
    const release = lockData(dataDir);
    try {
      if (options.fresh === true) await rm(dataDir, { recursive: true, force: true });
      const { cacheDir, proxiedKafka, secure } = options;
      const handles = await startProcesses({
        ...{ roles, dataDir, ports, brokers, progress, secure },
        ...(cacheDir !== undefined && { cacheDir }),
        ...(proxiedKafka && { proxiedKafka }),
      });
      const stop: DevServers['stop'] = async ({ removeData = false } = {}) => {
        await Promise.all(allHandles(handles).map((handle) => handle.stop()));
        if (removeData) await rm(dataDir, { recursive: true, force: true });
        release();
        if (removeData) await rm(lockOf(dataDir), { recursive: true, force: true });
      };
      return { handles, stop };
    } catch (error) {
      release();
      throw error;
    }
  };

  const [ours, theirs] = await Promise.allSettled([startOurs(), awaitNamed(named, progress)]);
  if (ours.status === 'rejected') throw ours.reason;
  if (theirs.status === 'rejected') {
    await ours.value.stop();
    throw theirs.reason;
  }
  return { addresses, ...ours.value };
};
