import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Redis } from 'ioredis';
import { redisEnvironment, type RedisProgram } from './install-redis.ts';
import { probeContext, secureRedisSettings, type SecureServers } from './secure.ts';
import { startServer, type ServerHandle } from './server.ts';

/** `cache` may forget what has a TTL; `state` must not, and keeps its data over a crash. */
export type RedisRole = 'cache' | 'state';

export interface RedisOptions {
  readonly role: RedisRole;
  readonly software: RedisProgram;
  readonly dataDir: string;
  readonly logDir: string;
  readonly port: number;
  /** Speaks TLS only. */
  readonly secure?: SecureServers | undefined;
}

const settingsOf = {
  // The save line makes it write a snapshot when it is stopped.
  cache: { 'maxmemory-policy': 'volatile-lru', appendonly: 'no', save: '300 1' },
  state: { 'maxmemory-policy': 'noeviction', appendonly: 'yes', save: '""' },
} as const satisfies Record<RedisRole, Record<string, string>>;

const settings = (options: RedisOptions): string =>
  Object.entries({
    bind: '127.0.0.1',
    port: options.port,
    dir: JSON.stringify(options.dataDir),
    maxmemory: '128mb',
    ...settingsOf[options.role],
    ...(options.secure && secureRedisSettings(options.secure, options.port)),
  })
    .map(([name, value]) => `${name} ${value}\n`)
    .join('');

/** Throws until the server at the address answers PING; it does not while it still loads its data. */
export const probeRedis = async (address: string, secure?: SecureServers): Promise<void> => {
  const redis = new Redis(address, {
    lazyConnect: true,
    ...(secure && { tls: probeContext(secure) }),
    connectTimeout: 2_000,
    commandTimeout: 2_000,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // Without a listener it prints every refused connection.
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    await redis.ping();
  } finally {
    redis.disconnect();
  }
};

/**
 * Starts one Redis and waits for its PONG. The data is kept.
 * @throws PortTakenError, ServerFailedError
 */
export const startRedis = async (options: RedisOptions): Promise<ServerHandle> => {
  await mkdir(options.dataDir, { recursive: true });
  const config = path.join(options.dataDir, 'redis.conf');
  await writeFile(config, settings(options));
  const name = `Redis (${options.role})`;
  return startServer({
    name,
    command: options.software.program,
    args: [config],
    env: await redisEnvironment(options.software),
    logFile: path.join(options.logDir, `redis-${options.role}.log`),
    ports: [{ server: name, port: options.port }],
    probe: () => probeRedis(`redis://127.0.0.1:${options.port}`, options.secure),
  });
};
