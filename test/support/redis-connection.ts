import { createRedis, type RedisConnection, type RedisOptions } from '../../src/adapters/redis/index.ts';
import { silentLogger } from '../../src/common/logger.ts';
import type { OnEnd } from './mongo-database.ts';

/** A connected client, which is closed at the end. */
export const redisConnection = async (
  url: string,
  onEnd: OnEnd,
  options: Partial<RedisOptions> = {},
): Promise<RedisConnection> => {
  const connection = createRedis({ url, name: 'test', logger: silentLogger, ...options });
  onEnd(() => connection.close());
  await connection.whenReady(5_000);
  return connection;
};
