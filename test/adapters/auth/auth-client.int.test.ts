import { Server, ServerCredentials, status } from '@grpc/grpc-js';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createAuthClient } from '../../../src/adapters/auth/index.ts';
import { systemClock } from '../../../src/common/clock.ts';
import { type AuthHandlers, authService } from '../../../src/contracts/grpc/index.ts';

/** An Auth that treats its calls, one after the other, as told; the last way goes for all that follow. */
const startAuth = async (...ways: AuthHandlers['ValidateToken'][]) => {
  let calls = 0;
  const server = new Server();
  server.addService(authService, {
    ValidateToken: ((call, callback) => {
      const way = ways[Math.min(calls, ways.length - 1)];
      calls += 1;
      way?.(call, callback);
    }) satisfies AuthHandlers['ValidateToken'],
  });
  onTestFinished(() => server.forceShutdown());
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  const client = createAuthClient({ host: `127.0.0.1:${port}`, clock: systemClock, timeoutMs: 500 });
  onTestFinished(() => client.close());
  return { client, server, port, calls: () => calls };
};

const merchant = '11111111-1111-4111-8111-111111111111';
const good: AuthHandlers['ValidateToken'] = (_call, callback) =>
  callback(null, { merchant_id: merchant, scopes: ['a', 'b'], expires_at: 1_700_000_000 });
const failing =
  (code: status): AuthHandlers['ValidateToken'] =>
  (_call, callback) =>
    callback({ code, details: 'as told' });

describe('ask', () => {
  test('gives the answer as it is on the wire', async () => {
    const { client } = await startAuth(good);
    expect(await client.ask('t')).toEqual({
      ...{ merchant_id: merchant, scopes: ['a', 'b'], customer_id: '', expires_at: '1700000000' },
    });
  });

  test('is undefined for UNAUTHENTICATED, which is no failure and not asked twice', async () => {
    const { client, calls } = await startAuth(failing(status.UNAUTHENTICATED));
    expect(await client.ask('t')).toBeUndefined();
    expect(calls()).toBe(1);
  });

  test('asks once more after UNAVAILABLE', async () => {
    const { client, calls } = await startAuth(failing(status.UNAVAILABLE), good);
    expect(await client.ask('t')).toMatchObject({ merchant_id: merchant });
    expect(calls()).toBe(2);
  });

  test('gives up after the second UNAVAILABLE', async () => {
    const { client, calls } = await startAuth(failing(status.UNAVAILABLE));
    await expect(client.ask('t')).rejects.toMatchObject({ facts: { dependency: 'Auth', grpc_code: 'UNAVAILABLE' } });
    expect(calls()).toBe(2);
  });

  test.each([status.PERMISSION_DENIED, status.INTERNAL, status.UNIMPLEMENTED, status.RESOURCE_EXHAUSTED])(
    'fails closed and at once for status %i',
    async (code) => {
      const { client, calls } = await startAuth(failing(code));
      await expect(client.ask('t')).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE', retryable: true });
      expect(calls()).toBe(1);
    },
  );

  test('ends at its deadline when Auth hangs', async () => {
    const { client } = await startAuth(() => undefined);
    const started = performance.now();
    await expect(client.ask('t')).rejects.toMatchObject({ facts: { grpc_code: 'DEADLINE_EXCEEDED' } });
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

test('Ping tells whether Auth can be reached', async () => {
  const { client, server } = await startAuth(good);
  await expect(client.ping(1_000)).resolves.toBeUndefined();
  server.forceShutdown();
  // The client learns of it from its socket, a moment later.
  await vi.waitFor(() => expect(client.ping(100)).rejects.toThrow('Auth is not available'));
});
