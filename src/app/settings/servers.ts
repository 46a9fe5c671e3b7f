import { setting } from './setting.ts';
import { address, addresses, httpUrl, serverUrl } from './values.ts';

/** Servers; a role demands only those it needs. */
export const servers = {
  kafkaBrokers: setting({ name: 'KAFKA_BROKER', about: 'Brokers, host:port with commas', shape: addresses(9092) }),
  registryUrl: setting({
    name: 'SCHEMA_REGISTRY_URL',
    about: 'Confluent-compatible schema registry',
    shape: httpUrl,
    secret: 'credentials',
  }),
  mongoUrl: setting({
    ...{ name: 'POINTS_DB_HOST', about: 'MongoDB, host:port or connection string' },
    shape: serverUrl(['mongodb', 'mongodb+srv'], 27017),
    secret: 'credentials',
  }),
  redisCacheUrl: setting({
    ...{ name: 'REDIS_HOST', about: 'Redis that may evict (balances), host:port or URL' },
    shape: serverUrl(['redis', 'rediss'], 6380),
    secret: 'credentials',
  }),
  redisStateUrl: setting({
    ...{ name: 'REDIS_STATE_HOST', about: 'Redis that must not evict (processed marks), host:port or URL' },
    ...{ shape: serverUrl(['redis', 'rediss'], 6380), fallsBackTo: 'REDIS_HOST' },
    secret: 'credentials',
  }),
  authHost: setting({ name: 'AUTH_HOST', about: 'gRPC address of Auth, host:port', shape: address(50060) }),
  coreHost: setting({
    ...{ name: 'CORE_HOST', shape: address(50061) },
    about: 'gRPC address of Core, host:port; not set: nobody is asked whether a customer exists',
  }),
} as const;
