import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { PortOffsetError, PortTakenError } from '../../../src/ops/dev/errors.ts';
import { assertPortsFree, freePortOffset, freePorts, namedPorts, portsAt } from '../../../src/ops/dev/ports.ts';

const occupy = async (host: string): Promise<number> => {
  const server = createServer().listen(0, host);
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
};

describe('portsAt', () => {
  test('starts at the ports the service promises', () => {
    expect(portsAt()).toMatchObject({
      http: 8080,
      grpc: 50_059,
      mongo: 27_017,
      redisCache: 6380,
      kafka: [9092, 9093, 9094],
    });
  });

  test('moves every port by the offset, and no two meet', () => {
    const before = namedPorts(portsAt(0));
    const after = namedPorts(portsAt(500));
    expect(after.map(({ port }) => port)).toEqual(before.map(({ port }) => port + 500));
    expect(new Set(after.map(({ port }) => port)).size).toBe(after.length);
  });

  test.each([-1, 1.5, Number.NaN])('refuses the offset %d', (offset) => {
    expect(() => portsAt(offset)).toThrow(PortOffsetError);
  });
});

describe('assertPortsFree', () => {
  test.each(['127.0.0.1', '0.0.0.0', '::'])('finds a port that is taken at %s', async (host) => {
    const port = await occupy(host);
    const fault: unknown = await assertPortsFree([{ server: 'Redis', port }]).catch((thrown: unknown) => thrown);
    expect(fault).toBeInstanceOf(PortTakenError);
    expect(fault).toMatchObject({ server: 'Redis', port, code: 'PORT_TAKEN' });
  });

  test('refuses a port that does not exist', async () => {
    await expect(assertPortsFree([{ server: 'gRPC', port: 70_059 }])).rejects.toBeInstanceOf(PortOffsetError);
  });
});

test('free ports are free and all different', async () => {
  const ports = await freePorts(20);
  expect(new Set(ports).size).toBe(20);
  await assertPortsFree(ports.map((port) => ({ server: 'any', port })));
});

test('a free offset leaves out one at which a port is taken', async () => {
  const first = await freePortOffset();
  const server = createServer().listen(portsAt(first).registry, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  expect(await freePortOffset()).not.toBe(first);
});
