import { isIP } from 'node:net';
import type { SecureContext } from 'node:tls';
import { Redis, type RedisOptions as ClientOptions } from 'ioredis';
import { ConfigError, DependencyUnavailableError, toError } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';

export interface RedisOptions {
  /** `host:port` or a `redis://` or `rediss://` URL. */
  readonly url: string;
  /** What it is for, e.g. `cache`; in logs, errors and the server's client list. */
  readonly name: string;
  readonly logger: Logger;
  /** A command that takes longer is given up; 250 by default. */
  readonly commandTimeoutMs?: number;
  /** Subscribes again after a reconnect to what was subscribed before; true by default. False where the user does it. */
  readonly resubscribes?: boolean;
  /** Certificates for a `rediss://` address; the CAs of the system by default. */
  readonly tls?: SecureContext | undefined;
}

/** A client that connects by itself, for ever, and never makes a caller wait for that. */
export interface RedisConnection {
  readonly client: Redis;
  /** `Redis (cache)`: names the dependency in errors. */
  readonly dependency: string;
  /**
   * Resolves once connected, for a start that is to be orderly; nothing depends on it.
   * @throws DependencyUnavailableError when that takes longer than `withinMs`
   */
  whenReady(withinMs: number): Promise<void>;
  /** @throws DependencyUnavailableError when it does not answer in time */
  ping(): Promise<void>;
  /** Waits for what is under way; resolves when disconnected. */
  close(): Promise<void>;
}

const defaultCommandTimeoutMs = 250;
const connectTimeoutMs = 2_000;
const longestBackOffMs = 2_000;

/**
 * On the path of a request a command is answered soon or not at all: nothing is queued while the connection is down,
 * nothing is sent again after it came back, and a silent connection is dropped rather than filled.
 */
const clientOptions = (name: string, commandTimeout: number) =>
  ({
    connectionName: `points-${name}`,
    connectTimeout: connectTimeoutMs,
    commandTimeout,
    socketTimeout: Math.max(4 * commandTimeout, 1_000),
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 1,
    retryStrategy: (attempt: number) => Math.min(50 * 2 ** Math.min(attempt - 1, 10), longestBackOffMs),
    // A primary that became a replica refuses writes: look for the new one.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
  }) satisfies ClientOptions;

/** ioredis does not tell a server which name it is called by. */
const tlsOptions = (host: string, secureContext?: SecureContext) => ({
  ...(isIP(host.replace(/^\[|\]$/g, '')) === 0 && { servername: host }),
  ...(secureContext && { secureContext }),
});

const createClient = (options: RedisOptions): Redis => {
  const { url, name, commandTimeoutMs = defaultCommandTimeoutMs, resubscribes = true, tls } = options;
  const address = url.includes('://') ? url : `redis://${url}`;
  if (!URL.canParse(address)) throw new ConfigError([`the address of Redis (${name}) cannot be read`]);
  const { protocol, hostname } = new URL(address);
  return new Redis(address, {
    ...clientOptions(name, commandTimeoutMs),
    autoResubscribe: resubscribes,
    ...(protocol === 'rediss:' && { tls: tlsOptions(hostname, tls) }),
  });
};

/**
 * What a rejected command means to our callers. An error of ioredis carries the command's arguments, a password among
 * them, and a logger prints every field of a cause: so only its message goes on.
 */
export const redisFailure = ({ dependency }: Pick<RedisConnection, 'dependency'>, thrown: unknown): Error =>
  new DependencyUnavailableError(dependency, { facts: { detail: toError(thrown).message } });

/** Tells when the connection is lost and when it is back, not every attempt in between. */
const logChanges = (client: Redis, dependency: string, logger: Logger): void => {
  let isLost = false;
  const lost = (detail: string): void => {
    if (!isLost) logger.warn({ dependency, detail }, 'Redis is away');
    isLost = true;
  };
  client.on('error', (error: Error) => lost(error.message));
  client.on('reconnecting', () => lost('connection closed'));
  client.on('ready', () => {
    if (isLost) logger.info({ dependency }, 'Redis is back');
    isLost = false;
  });
};

const waitUntilReady = async (client: Redis, dependency: string, withinMs: number): Promise<void> => {
  if (client.status === 'ready') return;
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const facts = { detail: 'not connected in time', within_ms: withinMs };
  const timer = setTimeout(() => reject(new DependencyUnavailableError(dependency, { facts })), withinMs);
  client.once('ready', resolve);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    client.off('ready', resolve);
  }
};

/** Begins to connect, and returns at once: a Redis that is away at the start is like one that is lost later. */
export const createRedis = (options: RedisOptions): RedisConnection => {
  const client = createClient(options);
  const dependency = `Redis (${options.name})`;
  logChanges(client, dependency, options.logger);
  return {
    client,
    dependency,
    whenReady: (withinMs) => waitUntilReady(client, dependency, withinMs),
    async ping() {
      try {
        await client.ping();
      } catch (error) {
        throw redisFailure({ dependency }, error);
      }
    },
    async close() {
      try {
        await client.quit();
      } catch {
        // Nobody is there to say goodbye to.
        client.disconnect();
      }
    },
  };
};
