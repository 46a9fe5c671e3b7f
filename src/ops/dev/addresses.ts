import { mongoAddress } from './mongo.ts';
import type { Ports } from './ports.ts';
import { registryAddress } from './registry.ts';

/** Where clients find the servers of a run. */
export interface ServerAddresses {
  /** host:port of each broker */
  readonly brokers: readonly string[];
  /** Base URL of the Confluent Schema Registry's API; `@kafkajs/confluent-schema-registry` takes it as its host. */
  readonly registry: string;
  /** Connection string */
  readonly mongo: string;
  /** `redis://host:port` of the one that may evict and of the one that must not */
  readonly redis: { readonly cache: string; readonly state: string };
}

/** The addresses of servers that we start ourselves on this machine. */
export const localAddresses = (ports: Ports, brokers: 1 | 3): ServerAddresses => ({
  brokers: ports.kafka.slice(0, brokers).map((port) => `127.0.0.1:${port}`),
  registry: registryAddress(ports.registry),
  mongo: mongoAddress(ports.mongo),
  redis: { cache: `redis://127.0.0.1:${ports.redisCache}`, state: `redis://127.0.0.1:${ports.redisState}` },
});

/** Servers that somebody else runs, as the environment names them; what is absent is ours to start. */
export interface NamedServers {
  readonly brokers?: readonly string[];
  readonly registry?: string;
  readonly mongo?: string;
  readonly redisCache?: string;
  readonly redisState?: string;
}

const set = (value: string | undefined): string | undefined => (value?.trim() ? value.trim() : undefined);

const withPort = (address: string, port: number): string =>
  /:\d+$/.test(address) || address.includes('://') ? address : `${address}:${port}`;

const asUrl = (address: string | undefined, scheme: string, port: number): string | undefined =>
  address === undefined || address.includes('://') ? address : `${scheme}://${withPort(address, port)}`;

/**
 * Reads KAFKA_BROKER (a comma list), POINTS_DB_HOST (host:port or a connection string), REDIS_HOST (host:port or a URL,
 * for both unless REDIS_STATE_HOST names the second) and SCHEMA_REGISTRY_URL.
 */
export const namedServers = (env: NodeJS.ProcessEnv): NamedServers => {
  const brokers = set(env['KAFKA_BROKER'])
    ?.split(',')
    .map((broker) => withPort(broker.trim(), 9092));
  const registry = set(env['SCHEMA_REGISTRY_URL'])?.replace(/\/+$/, '');
  const mongo = asUrl(set(env['POINTS_DB_HOST']), 'mongodb', 27017);
  const redisCache = asUrl(set(env['REDIS_HOST']), 'redis', 6380);
  const redisState = asUrl(set(env['REDIS_STATE_HOST']), 'redis', 6380) ?? redisCache;
  return {
    ...(brokers && { brokers }),
    ...(registry && { registry }),
    ...(mongo && { mongo }),
    ...(redisCache && { redisCache }),
    ...(redisState && { redisState }),
  };
};

/** The addresses of a run in which some servers are ours and some are not. */
export const mergeAddresses = (ours: ServerAddresses, named: NamedServers): ServerAddresses => ({
  brokers: named.brokers ?? ours.brokers,
  registry: named.registry ?? ours.registry,
  mongo: named.mongo ?? ours.mongo,
  redis: { cache: named.redisCache ?? ours.redis.cache, state: named.redisState ?? ours.redis.state },
});
