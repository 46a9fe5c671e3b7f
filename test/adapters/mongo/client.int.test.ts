import { describe, expect, onTestFinished, test } from 'vitest';
import { connectMongo } from '../../../src/adapters/mongo/index.ts';
import { ConfigError, DependencyUnavailableError } from '../../../src/common/errors.ts';
import { sharedServers } from '../../support/servers.ts';

describe('a connection to MongoDB', () => {
  test('asks majorities, in time, whatever the address says', async () => {
    const uri = `${sharedServers().mongo}&w=1&socketTimeoutMS=99000`;
    const connection = await connectMongo({ uri, database: 'points', appName: 'points-test' });
    onTestFinished(() => connection.close());
    expect(connection.client.options).toMatchObject({
      ...{
        serverSelectionTimeoutMS: 3_000,
        connectTimeoutMS: 3_000,
        waitQueueTimeoutMS: 3_000,
        socketTimeoutMS: 6_000,
      },
      ...{ maxPoolSize: 20, retryWrites: true, retryReads: true, appName: 'points-test' },
      ...{ writeConcern: { w: 'majority', wtimeoutMS: 5_000 }, readConcern: { level: 'majority' } },
    });
    await connection.ping();
  });

  test('is made from host and port alone', async () => {
    const uri = new URL(sharedServers().mongo).host;
    const connection = await connectMongo({ uri, database: 'points', appName: 'points-test' });
    onTestFinished(() => connection.close());
    await connection.ping();
  });

  test('is not made where nobody listens, and that is told within 5 s', async () => {
    const since = performance.now();
    const connecting = connectMongo({ uri: '127.0.0.1:1', database: 'points', appName: 'points-test' });
    await expect(connecting).rejects.toThrow(DependencyUnavailableError);
    expect(performance.now() - since).toBeLessThan(5_000);
  });

  test('is not made from an address that cannot be read, and no password is told', async () => {
    const connecting = connectMongo({ uri: 'mongodb://me:hush@', database: 'points', appName: 'points-test' });
    const failure = await connecting.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ConfigError);
    expect(String(failure)).not.toContain('hush');
  });
});
