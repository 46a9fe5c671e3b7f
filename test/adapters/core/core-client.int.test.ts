import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { status } from '@grpc/grpc-js';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createCoreClient } from '../../../src/adapters/core/index.ts';
import { systemClock } from '../../../src/common/clock.ts';
import { startCoreServer } from '../../support/core-server.ts';

const merchantId = '11111111-1111-4111-8111-111111111111';
const customerId = 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa';
const question = { merchantId, customerId, correlationId: 'correlation-1' };

const clientOf = (host: string, timeoutMs = 500) => {
  const client = createCoreClient({ host, clock: systemClock, timeoutMs });
  onTestFinished(() => client.close());
  return client;
};

const start = async () => {
  const core = await startCoreServer(onTestFinished);
  return { core, client: clientOf(core.address) };
};

test('A customer Core tells of is known, and the correlation id went along', async () => {
  const { core, client } = await start();
  expect(await client.ask(question)).toBe('known');
  expect(core.asked).toEqual([{ customerId, correlationId: 'correlation-1' }]);
});

test('A correlation id that metadata does not take stays behind', async () => {
  const { core, client } = await start();
  expect(await client.ask({ ...question, correlationId: 'zeile\nümlaut' })).toBe('known');
  expect(core.asked).toEqual([{ customerId, correlationId: undefined }]);
});

test('NOT_FOUND is an unknown customer, and is not asked twice', async () => {
  const { core, client } = await start();
  core.answer = () => status.NOT_FOUND;
  expect(await client.ask(question)).toBe('unknown');
  expect(core.asked).toHaveLength(1);
});

test('INVALID_ARGUMENT is refused for good, without a word of what was asked', async () => {
  const { core, client } = await start();
  core.answer = () => status.INVALID_ARGUMENT;
  const refusal = await client.ask(question).catch((error: unknown) => error);
  expect(refusal).toMatchObject({ code: 'CORE_REFUSED', retryable: false, message: 'Core refuses the question' });
});

test.each([
  status.UNAVAILABLE,
  status.RESOURCE_EXHAUSTED,
  status.INTERNAL,
  status.UNKNOWN,
  status.ABORTED,
  status.UNAUTHENTICATED,
  status.PERMISSION_DENIED,
  status.UNIMPLEMENTED,
])('Status %i may be otherwise later', async (code) => {
  const { core, client } = await start();
  core.answer = () => code;
  await expect(client.ask(question)).rejects.toMatchObject({
    ...{ code: 'DEPENDENCY_UNAVAILABLE', retryable: true },
    facts: { dependency: 'Core', grpc_code: status[code] },
  });
  expect(core.asked).toHaveLength(code === status.UNAVAILABLE ? 2 : 1);
});

test('A Core that hangs is given up at the deadline', async () => {
  const { core, client } = await start();
  core.answer = () => 'silence';
  const started = performance.now();
  await expect(client.ask(question)).rejects.toMatchObject({ facts: { grpc_code: 'DEADLINE_EXCEEDED' } });
  expect(performance.now() - started).toBeLessThan(2_000);
});

test('A Core that speaks no gRPC, or sends what is no message, may be otherwise later', async () => {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<html>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  await expect(clientOf(`127.0.0.1:${port}`).ask(question)).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
});

test('A Core that is not there fails at once, and is found when it is', async () => {
  const { core, client } = await start();
  await expect(client.ping(1_000)).resolves.toBeUndefined();
  core.stop();
  const started = performance.now();
  await expect(client.ask(question)).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
  expect(performance.now() - started).toBeLessThan(1_000);
  await vi.waitFor(() => expect(client.ping(100)).rejects.toThrow('Core is not available'));
  await core.restart();
  await client.ping(5_000);
  expect(await client.ask(question)).toBe('known');
});
