import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import type { MongoConnection } from '../../src/adapters/mongo/index.ts';
import { loadConfig } from '../../src/app/config.ts';
import { setUp } from '../../src/app/setup.ts';
import { silentLogger } from '../../src/common/logger.ts';
import { roleNodeOptions } from '../../src/ops/role-options.mjs';
import { freshDatabase, type OnEnd } from './mongo-database.ts';
import { sharedServers } from './servers.ts';

const commandLine = path.resolve(import.meta.dirname, '../../src/ops/cli.ts');

export interface CommandEnd {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** Runs `points …` as a process of its own, to its end. */
export const runCommand = async (
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  stdin = '',
): Promise<CommandEnd> => {
  const child = spawn(process.execPath, [...roleNodeOptions, commandLine, ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdin.end(stdin);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { stdout, stderr, code: code as number };
};

/** A database of its own, set up on the shared servers, and the settings of commands that work on it. */
export const operatorSettings = async (
  onEnd: OnEnd,
): Promise<{ readonly connection: MongoConnection; readonly env: Readonly<Record<string, string>> }> => {
  const { brokers, registry, mongo, redis } = sharedServers();
  const connection = await freshDatabase(mongo, onEnd);
  const env = {
    ...{ KAFKA_BROKER: brokers.join(), SCHEMA_REGISTRY_URL: registry, POINTS_DB_HOST: mongo },
    ...{ POINTS_DB_NAME: connection.database.databaseName, REDIS_HOST: redis.cache },
  };
  await setUp(loadConfig(env, ['setup']), silentLogger);
  return { connection, env };
};
