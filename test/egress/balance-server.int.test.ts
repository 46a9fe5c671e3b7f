import { once } from 'node:events';
import { connect } from 'node:http2';
import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { DependencyUnavailableError } from '../../src/common/errors.ts';
import type { LogFields, Logger } from '../../src/common/logger.ts';
import { silentLogger } from '../../src/common/logger.ts';
import type { CallOutcome } from '../../src/egress/index.ts';
import {
  customer,
  getBalance,
  type HealthAnswer,
  healthStatus,
  healthStub,
  merchant,
  newClient,
  type ReflectionAnswer,
  reflectionStub,
} from './grpc-clients.ts';
import { startHarness } from './harness.ts';

const scopes = ['merchant:points:view'];
const never = new Promise<never>(() => undefined);

const read = (balance: number) => async (merchantId: string, customerId: string) => ({
  ...{ merchantId, customerId, balance, sequence: 1 },
});

describe('a call of the contract that nothing answers yet', () => {
  test.each(['RedeemReward'])('%s is UNIMPLEMENTED', async (method) => {
    const { auth, client } = await startHarness();
    const token = await auth.issueToken({ merchantId: merchant, scopes });
    const metadata = new Metadata();
    metadata.set('authorization', `Bearer ${token}`);
    const bytes = (value: Buffer): Buffer => value;
    const code = await new Promise((resolve) => {
      client.makeUnaryRequest(`/points.v1/${method}`, bytes, bytes, Buffer.alloc(0), metadata, (error) => {
        resolve(error?.code);
      });
    });
    expect(code).toBe(status.UNIMPLEMENTED);
  });
});

describe('GetPointsBalance', () => {
  test('answers the balance and its description in the language asked for', async () => {
    const { auth, client } = await startHarness();
    const token = await auth.issueToken({ merchantId: merchant, scopes });
    expect(await getBalance(client, { token, locale: 'iw' })).toMatchObject({
      code: 'OK',
      balance: '1234',
      description: '1234 points in he',
    });
    expect(await getBalance(client, { token, locale: '' })).toMatchObject({
      description: '1234 points in the default',
    });
  });

  test('takes ids in upper case', async () => {
    const { auth, client } = await startHarness();
    const token = await auth.issueToken({
      merchantId: merchant,
      scopes: ['customer:points:view'],
      customerId: customer,
    });
    const answer = await getBalance(client, { token, customerId: customer.toUpperCase() });
    expect(answer.code).toBe('OK');
  });

  test('refuses arguments that are no UUIDs, and says nothing of them without a token', async () => {
    const { auth, client } = await startHarness();
    const token = await auth.issueToken({ merchantId: merchant, scopes });
    expect(await getBalance(client, { token, customerId: '4711' })).toMatchObject({
      code: 'INVALID_ARGUMENT',
      details: 'Must be a UUID: customer_id',
    });
    expect(await getBalance(client, { customerId: '4711' })).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('is UNAVAILABLE with retry info while the stores are away, and works again after', async () => {
    let away = true;
    const balances = {
      read: (merchantId: string, customerId: string) =>
        away ? Promise.reject(new DependencyUnavailableError('MongoDB')) : read(5)(merchantId, customerId),
    };
    const errors: string[] = [];
    const { auth, client } = await startHarness({ balances, onError: (code) => errors.push(code) });
    const token = await auth.issueToken({ merchantId: merchant, scopes });
    const refused = await getBalance(client, { token });
    expect(refused).toMatchObject({ code: 'UNAVAILABLE', details: 'Temporarily unavailable, try again' });
    expect(refused.metadata.get('grpc-retry-pushback-ms')).toEqual(['1000']);
    // google.rpc.Status { code: 14, details: [Any(google.rpc.RetryInfo { retry_delay: 1 s })] }
    const [details] = refused.metadata.get('grpc-status-details-bin') as [Buffer];
    expect(details.subarray(0, 2).toString('hex')).toBe('080e');
    expect(details.toString('latin1')).toContain('type.googleapis.com/google.rpc.RetryInfo');
    expect(details.subarray(-8).toString('hex')).toBe('12060a0408011000');
    expect(errors).toEqual(['DEPENDENCY_UNAVAILABLE']);
    away = false;
    expect(await getBalance(client, { token })).toMatchObject({ code: 'OK', balance: '5' });
  });

  test('is INTERNAL without a word of the reason when the server is at fault', async () => {
    const balances = { read: () => Promise.reject(new TypeError('secret detail')) };
    const { auth, client } = await startHarness({ balances });
    const token = await auth.issueToken({ merchantId: merchant, scopes });
    expect(await getBalance(client, { token })).toMatchObject({ code: 'INTERNAL', details: 'Internal error' });
  });

  test('is UNAVAILABLE while Auth is away, within a second', async () => {
    const { auth, client } = await startHarness();
    const token = await auth.issueToken({ merchantId: merchant, scopes });
    await auth.close();
    const started = performance.now();
    expect(await getBalance(client, { token })).toMatchObject({ code: 'UNAVAILABLE' });
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  test('is UNAVAILABLE at once when an Auth it was connected to goes away', async () => {
    const { auth, client } = await startHarness();
    const [token, another] = [
      await auth.issueToken({ merchantId: merchant, scopes }),
      await auth.issueToken({ merchantId: merchant, scopes }),
    ];
    expect(await getBalance(client, { token })).toMatchObject({ code: 'OK' });
    await auth.close();
    expect(await getBalance(client, { token: another })).toMatchObject({ code: 'UNAVAILABLE' });
  });

  test('goes on for a known token while Auth is away', async () => {
    const { auth, client } = await startHarness();
    const token = await auth.issueToken({ merchantId: merchant, scopes });
    expect(await getBalance(client, { token })).toMatchObject({ code: 'OK' });
    await auth.close();
    expect(await getBalance(client, { token })).toMatchObject({ code: 'OK' });
  });

  test('ends with DEADLINE_EXCEEDED on the server side, whatever the client would wait', async () => {
    const calls: CallOutcome[] = [];
    const { auth, client } = await startHarness({
      balances: { read: () => never },
      maxCallMs: 200,
      onCall: (call) => calls.push(call),
    });
    const token = await auth.issueToken({ merchantId: merchant, scopes });
    expect(await getBalance(client, { token, deadlineMs: 60_000 })).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(calls).toMatchObject([{ method: '/points.v1/GetPointsBalance', code: 'DEADLINE_EXCEEDED' }]);
  });

  test('bounds a call whose request never arrives', async () => {
    const { port } = await startHarness({ maxCallMs: 200 });
    const session = connect(`http://127.0.0.1:${port}`);
    onTestFinished(() => session.destroy());
    const stream = session.request({
      ':method': 'POST',
      ':path': '/points.v1/GetPointsBalance',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const grpcStatus = await new Promise((resolve) => {
      stream.on('response', (headers) => resolve(headers['grpc-status']));
    });
    expect(grpcStatus).toBe('4');
  });

  test('refuses a request of more than 64 KiB', async () => {
    const { auth, client } = await startHarness();
    const token = await auth.issueToken({ merchantId: merchant, scopes });
    expect(await getBalance(client, { token, locale: 'x'.repeat(65_536) })).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
    });
  });

  test('logs one line a call, with the ids but without the token, and gives the correlation id back', async () => {
    const lines: LogFields[] = [];
    const logger: Logger = { ...silentLogger, debug: (fields) => lines.push(fields) };
    const { auth, client } = await startHarness({ logger });
    const token = await auth.issueToken({ merchantId: merchant, scopes });
    const answer = await getBalance(client, { token, locale: 'ar', metadata: { 'x-correlation-id': 'order-17' } });
    expect(answer.metadata.get('x-correlation-id')).toEqual(['order-17']);
    const again = await getBalance(client, { token, locale: '{}', metadata: { 'x-correlation-id': 'two words' } });
    expect(again.metadata.get('x-correlation-id')).toEqual(['99999999-9999-4999-8999-999999999999']);
    const common = { merchant_id: merchant, customer_id: customer, code: 'OK', method: '/points.v1/GetPointsBalance' };
    expect(lines).toEqual([
      { ...common, locale: 'ar', correlation_id: 'order-17', seconds: expect.any(Number) },
      { ...common, locale: '', correlation_id: '99999999-9999-4999-8999-999999999999', seconds: expect.any(Number) },
    ]);
    expect(JSON.stringify(lines)).not.toContain(token);
  });
});

describe('standard health', () => {
  test('is NOT_SERVING until the server is told that it serves', async () => {
    const { server, port } = await startHarness();
    expect(await healthStatus(port, '')).toBe('NOT_SERVING');
    server.setServing(true);
    expect(await healthStatus(port, '')).toBe('SERVING');
    expect(await healthStatus(port, 'points.v1')).toBe('SERVING');
    expect(await healthStatus(port, 'points.v2')).toBe('NOT_FOUND');
    server.setServing(false);
    expect(await healthStatus(port, 'points.v1')).toBe('NOT_SERVING');
  });
});

test('Reflection lists the services and shows the one that is ours', async () => {
  const { port } = await startHarness();
  const stream = reflectionStub(port).serverReflectionInfo();
  stream.on('error', () => undefined);
  const ask = async (question: object): Promise<ReflectionAnswer> => {
    stream.write(question);
    const [answer] = (await once(stream, 'data')) as [ReflectionAnswer];
    return answer;
  };
  const { listServicesResponse } = await ask({ listServices: '' });
  const names = listServicesResponse?.service.map(({ name }) => name).sort();
  expect(names).toEqual(['grpc.health.v1.Health', 'points.v1']);
  const { fileDescriptorResponse } = await ask({ fileContainingSymbol: 'points.v1' });
  expect(fileDescriptorResponse?.fileDescriptorProto[0]?.toString('latin1')).toContain('GetPointsBalance');
  stream.end();
});

describe('close', () => {
  test('lets calls under way end, tells watchers NOT_SERVING, and takes no new calls', async () => {
    const gate = Promise.withResolvers<null>();
    const asked = Promise.withResolvers<null>();
    const balances = {
      read: async (merchantId: string, customerId: string) => {
        asked.resolve(null);
        await gate.promise;
        return read(9)(merchantId, customerId);
      },
    };
    const { auth, client, server, port } = await startHarness({ balances });
    server.setServing(true);
    const statuses: string[] = [];
    const watch = healthStub(port).watch({ service: 'points.v1' });
    const watchEnded = new Promise<number>((resolve) => {
      watch.on('error', (error) => resolve((error as ServiceError).code));
    });
    watch.on('data', (answer: HealthAnswer) => statuses.push(answer.status));
    await once(watch, 'data');
    const token = await auth.issueToken({ merchantId: merchant, scopes });
    const underWay = getBalance(client, { token });
    await asked.promise;
    const closed = server.close();
    expect(await watchEnded).toBe(status.UNAVAILABLE);
    server.setServing(true);
    expect(statuses).toEqual(['SERVING', 'NOT_SERVING']);
    expect(await getBalance(newClient(port), { token })).toMatchObject({ code: 'UNAVAILABLE' });
    gate.resolve(null);
    expect(await underWay).toMatchObject({ code: 'OK', balance: '9' });
    await closed;
  });

  test('cuts what has not ended in time', async () => {
    const asked = Promise.withResolvers<null>();
    const balances = {
      read: () => {
        asked.resolve(null);
        return never;
      },
    };
    const { auth, client, server } = await startHarness({ balances, drainMs: 200 });
    const token = await auth.issueToken({ merchantId: merchant, scopes });
    const underWay = getBalance(client, { token });
    await asked.promise;
    await server.close();
    expect((await underWay).code).toBe('CANCELLED');
  });
});

test('A taken address is said in one sentence', async () => {
  const { port } = await startHarness();
  await expect(startHarness().then(({ server }) => server.listen(`127.0.0.1:${port}`))).rejects.toThrow(
    `gRPC cannot listen on 127.0.0.1:${port}`,
  );
});
