import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { freshDatabase } from '../support/mongo-database.ts';
import { sharedServers, temporaryFolder } from '../support/servers.ts';

const commandLine = path.resolve(import.meta.dirname, '../../src/ops/cli.ts');

/** Runs a command of the service to its end, with settings for the shared servers. */
const run = async (command: string, applicationId: string) => {
  const { brokers, registry, mongo, redis } = sharedServers();
  const { database } = await freshDatabase(mongo, onTestFinished);
  const env = {
    PATH: process.env['PATH'] ?? '',
    ...{ KAFKA_BROKER: brokers.join(), SCHEMA_REGISTRY_URL: registry, POINTS_DB_HOST: mongo },
    ...{ POINTS_DB_NAME: database.databaseName, REDIS_HOST: redis.cache, REDIS_STATE_HOST: redis.state },
    ...{ POINTS_APPLICATION_ID: applicationId, POINTS_HTTP_HOST: '127.0.0.1', POINTS_HTTP_PORT: '0' },
    POINTS_STATE_DIR: await temporaryFolder('state'),
  };
  const child = spawn(process.execPath, ['--disable-warning=TimeoutNegativeWarning', commandLine, command], { env });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [stderr, , [code]] = await Promise.all([text(child.stderr), text(child.stdout), once(child, 'exit')]);
  return { stderr, code: code as number };
};

/** Gives a subject a past, as an older build of ours would have. */
const registered = async (subject: string, fields: readonly object[]): Promise<void> => {
  const { registry } = sharedServers();
  const schema = JSON.stringify({ type: 'record', name: 'AccountState', namespace: 'points', fields });
  for (const [method, at, body] of [
    ['PUT', `config/${subject}`, { compatibility: 'BACKWARD_TRANSITIVE' }],
    ['POST', `subjects/${subject}/versions`, { schema }],
  ] as const) {
    const headers = { 'content-type': 'application/vnd.schemaregistry.v1+json' };
    const { status } = await fetch(`${registry}/${at}`, { method, headers, body: JSON.stringify(body) });
    expect(status).toBe(200);
  }
};

test.each(['setup', 'processor'])(
  '%s refuses to start with a schema that cannot read what a topic holds: topic, subject, field and remedy; exit 78',
  async (command) => {
    const applicationId = `refused-${randomUUID().slice(0, 8)}`;
    const topic = `${applicationId}-points-accounts-changelog`;
    await registered(`${topic}-value`, [{ name: 'balance', type: 'string' }]);
    const { stderr, code } = await run(command, applicationId);
    expect(stderr).toBe(
      `points: The schema AccountState is refused for topic ${topic} (subject ${topic}-value): ` +
        'it cannot read what version 1 has written: AccountState.balance was string and is long, ' +
        'AccountState.sequence is new and has no default; give a new field a default, keep the type of a field and ' +
        'every symbol and branch it has, or write to a new topic\n',
    );
    expect(code).toBe(78);
  },
);
