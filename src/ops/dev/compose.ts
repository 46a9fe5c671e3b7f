// Not run here: where this was written there was a Docker client but no engine. Tests check the commands against a
// stand-in for docker, and `docker-compose config` has read the file.
import path from 'node:path';
import type { Progress } from './install-recipes.ts';
import type { Ports } from './ports.ts';
import type { ServerRole } from './processes.ts';
import { runTool, toolWorks } from './tool.ts';

export interface ComposeOptions {
  readonly roles: ReadonlySet<ServerRole>;
  readonly ports: Ports;
  readonly progress: Progress;
}

const repository = path.resolve(import.meta.dirname, '../../..');

const serviceOf: Readonly<Record<ServerRole, string>> = {
  kafka: 'kafka',
  mongo: 'mongo',
  redisCache: 'redis-cache',
  redisState: 'redis-state',
  registry: 'registry',
};

/** Runs at other ports are other projects: their containers and volumes are theirs alone. */
const project = (ports: Ports): string => `points-${ports.http}`;

const environment = (ports: Ports): NodeJS.ProcessEnv => ({
  ...process.env,
  POINTS_KAFKA_PORT: String(ports.kafka[0]),
  POINTS_MONGO_PORT: String(ports.mongo),
  POINTS_REDIS_CACHE_PORT: String(ports.redisCache),
  POINTS_REDIS_STATE_PORT: String(ports.redisState),
  POINTS_REGISTRY_PORT: String(ports.registry),
});

const compose = async (ports: Ports, args: readonly string[], onOutput?: (text: string) => void): Promise<void> => {
  const file = path.join(repository, 'docker-compose.yml');
  await runTool('docker', ['compose', '-p', project(ports), '-f', file, ...args], {
    env: environment(ports),
    ...(onOutput && { onOutput }),
  });
};

/** Whether a Docker engine answers and Compose is there; POINTS_NO_DOCKER=1 says no. */
export const composeWorks = async (env: NodeJS.ProcessEnv): Promise<boolean> => {
  if (env['POINTS_NO_DOCKER'] === '1') return false;
  return (await toolWorks('docker', ['info'])) && (await toolWorks('docker', ['compose', 'version']));
};

/** Removes the containers; the named volumes only when they are to go too. */
export const composeDown = (ports: Ports, volumes: boolean): Promise<void> =>
  compose(ports, ['down', '--timeout', '10', ...(volumes ? ['--volumes'] : [])]);

/**
 * Starts the wanted servers in containers and waits until they are healthy.
 * @throws InstallFailedError with what Compose said last
 */
export const composeUp = async ({ roles, ports, progress }: ComposeOptions): Promise<void> => {
  progress('starting the servers in Docker');
  const services = [...roles].map((role) => serviceOf[role]);
  try {
    await compose(ports, ['up', '--detach', '--wait', ...services], (text) => {
      for (const line of text.split(/[\r\n]+/)) if (line.trim() !== '') progress(line.trim());
    });
  } catch (error) {
    await composeDown(ports, false);
    throw error;
  }
};
