import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { PortOffsetError, PortTakenError } from './errors.ts';

/** Every port of a development run, each at 127.0.0.1. */
export interface Ports {
  readonly http: number;
  readonly grpc: number;
  readonly mongo: number;
  readonly redisCache: number;
  readonly redisState: number;
  /** One a broker; a run of one broker uses the first. */
  readonly kafka: readonly [number, number, number];
  readonly kafkaControllers: readonly [number, number, number];
  readonly registry: number;
  readonly auth: number;
  readonly processor: number;
  readonly core: number;
  /** Where the stand-ins are directed. */
  readonly standins: number;
}

/** A port and whose it is, for messages. */
export interface NamedPort {
  readonly server: string;
  readonly port: number;
}

const highestPort = 65_535;

/** The ports of a run; `offset` moves all of them, so that runs live side by side. */
export const portsAt = (offset = 0): Ports => {
  if (!Number.isInteger(offset) || offset < 0) {
    throw new PortOffsetError(`The port offset must be a whole number from 0, not ${offset}`, { facts: { offset } });
  }
  return {
    http: 8080 + offset,
    grpc: 50059 + offset,
    mongo: 27017 + offset,
    redisCache: 6380 + offset,
    redisState: 6381 + offset,
    kafka: [9092 + offset, 9093 + offset, 9094 + offset],
    kafkaControllers: [9192 + offset, 9193 + offset, 9194 + offset],
    registry: 8081 + offset,
    auth: 50060 + offset,
    processor: 8090 + offset,
    core: 50061 + offset,
    standins: 8091 + offset,
  };
};

/** The ports with their servers' names, as messages tell them. */
export const namedPorts = (ports: Ports): readonly NamedPort[] => [
  { server: 'HTTP', port: ports.http },
  { server: 'gRPC', port: ports.grpc },
  { server: 'MongoDB', port: ports.mongo },
  { server: 'Redis (cache)', port: ports.redisCache },
  { server: 'Redis (state)', port: ports.redisState },
  ...ports.kafka.map((port, index) => ({ server: `Kafka broker ${index + 1}`, port })),
  ...ports.kafkaControllers.map((port, index) => ({ server: `Kafka controller ${index + 1}`, port })),
  { server: 'Schema Registry', port: ports.registry },
  { server: 'auth stand-in', port: ports.auth },
  { server: 'processor', port: ports.processor },
  { server: 'Core stand-in', port: ports.core },
  { server: 'stand-ins', port: ports.standins },
];

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });

/** As many ports as asked for that nobody listens on now, as the system picks them. */
export const freePorts = async (count: number): Promise<readonly number[]> => {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      server.listen({ port: 0, host: '127.0.0.1', exclusive: true });
      await once(server, 'listening');
      return server;
    }),
  );
  // All are held until all are known, or the system would hand out the same one twice.
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map(async (server) => once(server.close(), 'close')));
  return ports;
};

/**
 * Makes sure that every port can be listened on, before anything is started.
 * @throws PortTakenError for the first that is taken; PortOffsetError when one is beyond 65535
 */
export const assertPortsFree = async (ports: readonly NamedPort[]): Promise<void> => {
  for (const { server, port } of ports) {
    if (port > highestPort) {
      throw new PortOffsetError(
        `The port offset puts ${server} at ${port}, beyond ${highestPort}; take a smaller one`,
        {
          facts: { server, port },
        },
      );
    }
    if (!(await isFree(port))) throw new PortTakenError(server, port);
  }
};

/** With this offset Core's port is the highest that exists. */
const highestOffset = highestPort - portsAt().core;
/** From here on gRPC and auth lie above the ports that Linux hands out for outgoing connections, which end at 60999. */
const lowestOffset = 61_000 - portsAt().grpc;

/**
 * An offset at which every port is free now, for tests. Every process begins to look somewhere else, so that runs which
 * look at the same moment do not find the same one.
 * @throws PortOffsetError when there is none
 */
export const freePortOffset = async (): Promise<number> => {
  const span = highestOffset - lowestOffset;
  for (let tries = 0; tries < 200; tries += 1) {
    const offset = lowestOffset + ((process.pid * 37 + tries * 211) % span);
    try {
      await assertPortsFree(namedPorts(portsAt(offset)));
      return offset;
    } catch (error) {
      if (!(error instanceof PortTakenError)) throw error;
    }
  }
  throw new PortOffsetError('No port offset was found at which all ports are free');
};
