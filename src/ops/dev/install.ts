import path from 'node:path';
import { kafkaRecipe } from './install-kafka.ts';
import { mongoRecipe } from './install-mongo.ts';
import { redisOnPath, redisProgram, redisRecipe, type RedisProgram } from './install-redis.ts';
import { folderOf, installRecipes, isInstalled, type Progress } from './install-recipes.ts';
import { registryRecipe } from './install-registry.ts';
import type { Recipe } from './recipe.ts';

export type ServerKind = 'kafka' | 'mongo' | 'redis' | 'registry';

/** Where the installed software lies. */
export interface InstalledServers {
  readonly kafka: string;
  readonly mongo: string;
  readonly redis: RedisProgram;
  readonly registry: string;
}

const recipes: Readonly<Record<ServerKind, Recipe>> = {
  kafka: kafkaRecipe,
  mongo: mongoRecipe,
  redis: redisRecipe,
  registry: registryRecipe,
};

const repository = path.resolve(import.meta.dirname, '../../..');

/** The cache folder: `POINTS_CACHE_DIR`, or `.points/servers` in the repository. */
export const defaultCacheDir = (env: NodeJS.ProcessEnv = process.env): string =>
  path.resolve(env['POINTS_CACHE_DIR'] ?? path.join(repository, '.points', 'servers'));

/**
 * Puts the software of the named servers under the cache folder, all at once; what is there already is left alone, so
 * a second call costs nothing. Several processes may call this at the same time: one installs, the others wait.
 * @throws InstallFailedError with the last lines of the tool that failed
 */
export const installServers = async (options: {
  readonly kinds?: readonly ServerKind[];
  readonly cacheDir?: string;
  readonly progress?: Progress;
}): Promise<InstalledServers> => {
  const cacheDir = options.cacheDir ?? defaultCacheDir();
  const kinds = options.kinds ?? ['kafka', 'mongo', 'redis', 'registry'];
  // Without Redis of our own in the cache, the machine's serves; with it we stay on what wrote the data.
  const ownRedis = isInstalled(recipes.redis, cacheDir);
  const machineRedis = kinds.includes('redis') && !ownRedis ? await redisOnPath() : undefined;
  const wanted = kinds.filter((kind) => kind !== 'redis' || machineRedis === undefined);
  await installRecipes(
    wanted.map((kind) => recipes[kind]),
    cacheDir,
    options.progress ?? (() => undefined),
  );
  const folder = (kind: ServerKind): string => folderOf(recipes[kind], cacheDir);
  return {
    kafka: folder('kafka'),
    mongo: folder('mongo'),
    redis: machineRedis ?? redisProgram(folder('redis')),
    registry: folder('registry'),
  };
};
