import type { z } from 'zod';
import { address, addresses, httpUrl, matching, oneOf, serverUrl, wholeNumber } from './config-values.ts';

/** One environment variable and how it is read. */
export interface Setting<Shape extends z.ZodType> {
  /** Environment variable. */
  readonly name: string;
  /** What it is, with its unit. */
  readonly about: string;
  readonly shape: Shape;
  /** As it would be written; a setting without one must be set. */
  readonly fallback?: string;
  /** Takes its value from this setting where it is not set itself. */
  readonly fallsBackTo?: string;
}

const setting = <Shape extends z.ZodType>(one: Setting<Shape>): Setting<Shape> => one;

/** Servers; a role demands only those it needs. */
export const servers = {
  kafkaBrokers: setting({ name: 'KAFKA_BROKER', about: 'Brokers, host:port with commas', shape: addresses(9092) }),
  registryUrl: setting({ name: 'SCHEMA_REGISTRY_URL', about: 'Confluent-compatible schema registry', shape: httpUrl }),
  mongoUrl: setting({
    ...{ name: 'POINTS_DB_HOST', about: 'MongoDB, host:port or connection string' },
    shape: serverUrl(['mongodb', 'mongodb+srv'], 27017),
  }),
  redisCacheUrl: setting({
    ...{ name: 'REDIS_HOST', about: 'Redis that may evict (balances), host:port or URL' },
    shape: serverUrl(['redis', 'rediss'], 6380),
  }),
  redisStateUrl: setting({
    ...{ name: 'REDIS_STATE_HOST', about: 'Redis that must not evict (processed marks), host:port or URL' },
    ...{ shape: serverUrl(['redis', 'rediss'], 6380), fallsBackTo: 'REDIS_HOST' },
  }),
  authHost: setting({ name: 'AUTH_HOST', about: 'gRPC address of Auth, host:port', shape: address(50060) }),
  coreHost: setting({
    ...{ name: 'CORE_HOST', shape: address(50061) },
    about: 'gRPC address of Core, host:port; not set: nobody is asked whether a customer exists',
  }),
} as const;

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];
const port = wholeNumber(0, 65_535);
const name = (longest: number) =>
  matching(
    new RegExp(`^[A-Za-z0-9][A-Za-z0-9._-]{0,${longest - 1}}$`),
    'letters, digits, dots, hyphens or underscores',
  );
const host = matching(/^[A-Za-z0-9.:_-]{1,253}$/, 'an address or a host name');

/** Settings of every role. */
export const common = {
  mongoDatabase: setting({
    ...{ name: 'POINTS_DB_NAME', about: 'MongoDB database', fallback: 'points' },
    shape: matching(/^[A-Za-z0-9_-]{1,63}$/, 'at most 63 letters, digits, hyphens or underscores'),
  }),
  httpHost: setting({ name: 'POINTS_HTTP_HOST', about: 'Address HTTP listens on', shape: host, fallback: '0.0.0.0' }),
  httpPort: setting({
    name: 'POINTS_HTTP_PORT',
    about: 'Port of HTTP; 0 takes a free one',
    shape: port,
    fallback: '8080',
  }),
  grpcHost: setting({ name: 'POINTS_GRPC_HOST', about: 'Address gRPC listens on', shape: host, fallback: '0.0.0.0' }),
  grpcPort: setting({
    name: 'POINTS_GRPC_PORT',
    about: 'Port of gRPC; 0 takes a free one',
    shape: port,
    fallback: '50059',
  }),
  decisionWaitMs: setting({
    ...{ name: 'POINTS_DECISION_WAIT_MS', fallback: '2500' },
    about:
      'Longest wait for the decision on a redemption or a till’s batch, in milliseconds; then it is answered as undecided',
    shape: wholeNumber(100, 30_000),
  }),
  stateDir: setting({
    ...{ name: 'POINTS_STATE_DIR', about: 'Folder of the local state stores', fallback: '.points/state' },
    shape: matching(/^[^\0]+$/, 'a folder'),
  }),
  partitions: setting({
    ...{ name: 'POINTS_PARTITIONS', about: 'Partitions of every topic; cannot be changed later', fallback: '4' },
    shape: wholeNumber(1, 1_000),
  }),
  replicationFactor: setting({
    ...{ name: 'POINTS_REPLICATION_FACTOR', about: 'Brokers that hold each record', fallback: '1' },
    shape: wholeNumber(1, 10),
  }),
  redemptionTimeoutSeconds: setting({
    ...{ name: 'POINTS_REDEMPTION_TIMEOUT_SECONDS', fallback: '900', shape: wholeNumber(1, 30 * 24 * 60 * 60) },
    about: 'Seconds a redemption may wait for Event Tracking before it fails and its points go back',
  }),
  coreTimeoutMs: setting({
    ...{ name: 'CORE_TIMEOUT_MS', about: 'How long Core may take to answer, milliseconds', fallback: '1000' },
    shape: wholeNumber(10, 10_000),
  }),
  offlineQueueLimit: setting({
    ...{ name: 'POINTS_OFFLINE_QUEUE_LIMIT', about: 'Commands that may wait for Kafka; 503 beyond', fallback: '10000' },
    shape: wholeNumber(1, 10_000),
  }),
  logLevel: setting({
    ...{ name: 'POINTS_LOG_LEVEL', about: logLevels.join(', '), fallback: 'info' },
    shape: oneOf(logLevels),
  }),
  actor: setting({
    ...{
      name: 'POINTS_ACTOR',
      about: 'Who acts, as audit_log tells it: a role or a job, no name',
      fallback: 'operator',
    },
    shape: name(64),
  }),
  applicationId: setting({
    ...{ name: 'POINTS_APPLICATION_ID', about: 'Prefix of consumer groups and transactional ids', fallback: 'points' },
    shape: name(100),
  }),
} as const;

/** Which servers a role cannot do without. */
export const needs = {
  ingress: ['kafkaBrokers', 'registryUrl', 'mongoUrl', 'redisCacheUrl', 'redisStateUrl'],
  processor: ['kafkaBrokers', 'registryUrl', 'mongoUrl', 'redisCacheUrl', 'redisStateUrl'],
  'balances-server': ['mongoUrl', 'redisCacheUrl', 'redisStateUrl', 'authHost'],
  setup: ['kafkaBrokers', 'registryUrl', 'mongoUrl'],
  compliance: ['mongoUrl'],
  operator: ['kafkaBrokers', 'registryUrl', 'mongoUrl'],
  translator: ['redisCacheUrl'],
  inspection: ['mongoUrl'],
  dlq: ['kafkaBrokers', 'registryUrl'],
  replay: ['kafkaBrokers', 'registryUrl'],
  verify: ['kafkaBrokers', 'registryUrl', 'mongoUrl', 'redisCacheUrl'],
} as const satisfies Readonly<Record<string, readonly (keyof typeof servers)[]>>;

export type RoleName = keyof typeof needs;

/** Servers that a role uses where they are set, and does without otherwise: what they are for is then not served. */
export const uses = {
  ingress: ['authHost'],
  processor: ['coreHost'],
  'balances-server': ['kafkaBrokers', 'registryUrl'],
  setup: [],
  compliance: [],
  operator: [],
  translator: [],
  inspection: [],
  dlq: [],
  replay: [],
  verify: [],
} as const satisfies Readonly<Record<RoleName, readonly (keyof typeof servers)[]>>;

export type Settings = Readonly<Record<string, Setting<z.ZodType>>>;
/** One row for each setting, for `--help` and the operators' page. */
export interface SettingRow {
  readonly name: string;
  readonly about: string;
  /** As it would be written; empty where it must be set. */
  readonly fallback: string;
  /** Roles that need it. */
  readonly roles: readonly RoleName[];
  /** Roles that can do without. */
  readonly usedBy: readonly RoleName[];
}

export function describeSettings(): readonly SettingRow[] {
  const fallbackOf = ({ fallback = '', fallsBackTo }: Setting<z.ZodType>): string =>
    fallback || (fallsBackTo === undefined ? '' : `= ${fallsBackTo}`);
  const everyRole = Object.keys(needs) as readonly RoleName[];
  const row = (one: Setting<z.ZodType>, roles: readonly RoleName[], usedBy: readonly RoleName[] = []) => ({
    ...{ name: one.name, about: one.about, roles, usedBy, fallback: fallbackOf(one) },
  });
  const rolesWith = (keys: Readonly<Record<RoleName, readonly string[]>>, key: string) =>
    everyRole.filter((role) => keys[role].includes(key));
  return [
    ...Object.entries(servers).map(([key, one]) => row(one, rolesWith(needs, key), rolesWith(uses, key))),
    ...Object.values(common).map((one) => row(one, everyRole)),
  ];
}
