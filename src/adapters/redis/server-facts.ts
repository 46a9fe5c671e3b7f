import { type RedisConnection, redisFailure } from './client.ts';

/** A Redis as an operator asks for it. */
export interface RedisFacts {
  readonly version: string;
  /** maxmemory-policy */
  readonly policy: string;
  /** Bytes; 0: no bound. */
  readonly maxMemory: number;
  /** Bytes. */
  readonly usedMemory: number;
  /** `master`, or `slave` for one that takes no writes. */
  readonly role: string;
  /** Names this run of this server: the same for two addresses of one server. */
  readonly runId: string;
}

/** @throws DependencyUnavailableError */
export const redisFacts = async (connection: RedisConnection): Promise<RedisFacts> => {
  try {
    const text = await connection.client.info();
    const field = (name: string): string => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(text)?.[1] ?? '';
    return {
      ...{ version: field('redis_version'), policy: field('maxmemory_policy'), role: field('role') },
      ...{ maxMemory: Number(field('maxmemory')), usedMemory: Number(field('used_memory')), runId: field('run_id') },
    };
  } catch (error) {
    throw redisFailure(connection, error);
  }
};
