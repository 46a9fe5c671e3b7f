import { describe, expect, test } from 'vitest';
import { type Environment, loadConfig, readConfig } from '../../src/app/config.ts';
import { describeSettings } from '../../src/app/settings/index.ts';
import { ConfigError } from '../../src/common/errors.ts';

const servers = {
  KAFKA_BROKER: 'k1:9092,k2',
  SCHEMA_REGISTRY_URL: 'http://registry:8081/apis/ccompat/v7/',
  POINTS_DB_HOST: 'db:27017',
  REDIS_HOST: 'cache',
  AUTH_HOST: 'auth:50060',
};

const faultsOf = (env: Environment, ...roles: Parameters<typeof loadConfig>[1] & unknown[]): readonly string[] => {
  try {
    loadConfig(env, ...(roles.length === 0 ? [] : [roles]));
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
};

test('Defaults are those that are documented', () => {
  expect(loadConfig(servers)).toEqual({
    kafkaBrokers: ['k1:9092', 'k2:9092'],
    registryUrl: 'http://registry:8081/apis/ccompat/v7',
    mongoUrl: 'mongodb://db:27017',
    redisCacheUrl: 'redis://cache:6380',
    redisStateUrl: 'redis://cache:6380',
    authHost: 'auth:50060',
    mongoDatabase: 'points',
    httpHost: '0.0.0.0',
    httpPort: 8080,
    grpcHost: '0.0.0.0',
    grpcPort: 50_059,
    decisionWaitMs: 2_500,
    shedding: 'on',
    stateDir: '.points/state',
    partitions: 4,
    replicationFactor: 1,
    redemptionTimeoutSeconds: 900,
    coreTimeoutMs: 1_000,
    offlineQueueLimit: 10_000,
    logLevel: 'info',
    heapMib: 288,
    actor: 'operator',
    applicationId: 'points',
    kafkaProtocol: 'PLAINTEXT',
    kafkaSaslMechanism: 'scram-sha-512',
    serviceName: 'points',
    servicePort: 50_059,
    serviceCheck: '/health',
    tracesSampler: 'parentbased_traceidratio',
    tracesSamplerRatio: 0.01,
    tracingDisabled: 'false',
    tracingServiceName: 'points',
  });
});

test('Every setting can be set', () => {
  const env = {
    ...servers,
    POINTS_DB_HOST: 'mongodb+srv://user:secret@cluster.example/?retryWrites=true',
    REDIS_STATE_HOST: 'rediss://:secret@state:6381/1',
    POINTS_DB_NAME: 'points_test',
    POINTS_HTTP_HOST: '127.0.0.1',
    POINTS_HTTP_PORT: '0',
    POINTS_GRPC_HOST: '::1',
    POINTS_GRPC_PORT: ' 61000 ',
    POINTS_DECISION_WAIT_MS: '1000',
    POINTS_STATE_DIR: '/var/lib/points',
    POINTS_PARTITIONS: '12',
    POINTS_REPLICATION_FACTOR: '3',
    CORE_HOST: 'core',
    CORE_TIMEOUT_MS: '250',
    POINTS_OFFLINE_QUEUE_LIMIT: '500',
    POINTS_LOG_LEVEL: 'debug',
    POINTS_ACTOR: 'release-job',
    POINTS_APPLICATION_ID: 'points-blue',
  };
  expect(loadConfig(env)).toMatchObject({
    mongoUrl: 'mongodb+srv://user:secret@cluster.example/?retryWrites=true',
    redisCacheUrl: 'redis://cache:6380',
    redisStateUrl: 'rediss://:secret@state:6381/1',
    mongoDatabase: 'points_test',
    httpHost: '127.0.0.1',
    httpPort: 0,
    grpcHost: '::1',
    grpcPort: 61_000,
    decisionWaitMs: 1_000,
    stateDir: '/var/lib/points',
    partitions: 12,
    replicationFactor: 3,
    coreHost: 'core:50061',
    coreTimeoutMs: 250,
    offlineQueueLimit: 500,
    logLevel: 'debug',
    actor: 'release-job',
    applicationId: 'points-blue',
  });
});

describe('a role demands only the servers it needs', () => {
  test.each([
    [['ingress'], ['KAFKA_BROKER', 'SCHEMA_REGISTRY_URL', 'POINTS_DB_HOST', 'REDIS_HOST']],
    [['processor'], ['KAFKA_BROKER', 'SCHEMA_REGISTRY_URL', 'POINTS_DB_HOST', 'REDIS_HOST']],
    [
      ['ingress', 'processor'],
      ['KAFKA_BROKER', 'SCHEMA_REGISTRY_URL', 'POINTS_DB_HOST', 'REDIS_HOST'],
    ],
    [['balances-server'], ['POINTS_DB_HOST', 'REDIS_HOST', 'AUTH_HOST']],
    [['setup'], ['KAFKA_BROKER', 'SCHEMA_REGISTRY_URL', 'POINTS_DB_HOST']],
    [['operator'], ['KAFKA_BROKER', 'SCHEMA_REGISTRY_URL', 'POINTS_DB_HOST']],
    [
      ['operator', 'translator'],
      ['KAFKA_BROKER', 'SCHEMA_REGISTRY_URL', 'POINTS_DB_HOST', 'REDIS_HOST'],
    ],
    [['inspection'], ['POINTS_DB_HOST']],
  ] as const)('%j: %j', (roles, variables) => {
    const faults = faultsOf({}, ...roles);
    expect(faults.map((fault) => fault.split(' ')[0])).toEqual(variables);
  });

  test('and reads no others', () => {
    const env = { ...servers, AUTH_HOST: '!!' };
    expect(Object.keys(loadConfig(env, ['processor']))).not.toContain('authHost');
  });

  test('and reads those it can do without where they are set', () => {
    const { AUTH_HOST, KAFKA_BROKER, SCHEMA_REGISTRY_URL, ...stores } = servers;
    expect(loadConfig({ ...servers, AUTH_HOST: '' }, ['ingress']).authHost).toBeUndefined();
    expect(loadConfig(servers, ['ingress']).authHost).toBe('auth:50060');
    expect(loadConfig({ ...stores, AUTH_HOST }, ['balances-server']).kafkaBrokers).toBeUndefined();
    expect(loadConfig({ ...stores, AUTH_HOST, KAFKA_BROKER, SCHEMA_REGISTRY_URL }, ['balances-server'])).toMatchObject({
      kafkaBrokers: ['k1:9092', 'k2:9092'],
      registryUrl: 'http://registry:8081/apis/ccompat/v7',
    });
    expect(faultsOf({ ...servers, KAFKA_BROKER: '!!' }, 'balances-server')).toEqual([
      'KAFKA_BROKER must be host:port, or several with commas between them',
    ]);
  });
});

test('Every fault is told at once, with the variable’s name, and no value is quoted', () => {
  const faults = faultsOf({
    KAFKA_BROKER: 'k1:9092,,k2',
    SCHEMA_REGISTRY_URL: 'registry:8081',
    POINTS_DB_HOST: 'postgres://user:hunter2@db',
    REDIS_HOST: 'cache:70000',
    AUTH_HOST: '',
    CORE_HOST: 'core/rfm',
    CORE_TIMEOUT_MS: '0',
    POINTS_HTTP_PORT: '80800',
    POINTS_GRPC_PORT: '-1',
    POINTS_PARTITIONS: '0',
    POINTS_REPLICATION_FACTOR: '1.5',
    POINTS_LOG_LEVEL: 'loud',
    POINTS_ACTOR: 'Jane Roe',
    POINTS_APPLICATION_ID: 'a b',
    POINTS_DB_NAME: 'points.other',
  });
  expect(faults).toEqual([
    'KAFKA_BROKER must be host:port, or several with commas between them',
    'SCHEMA_REGISTRY_URL must be an http:// or https:// URL',
    'POINTS_DB_HOST must be host:port or a mongodb:// or mongodb+srv:// URL',
    'REDIS_HOST must be host:port or a redis:// or rediss:// URL',
    'AUTH_HOST is not set (gRPC address of Auth, host:port)',
    'CORE_HOST must be host:port',
    'POINTS_HTTP_PORT must be a whole number of 0-65535',
    'POINTS_GRPC_PORT must be a whole number of 0-65535',
    'POINTS_APPLICATION_ID must be letters, digits, dots, hyphens or underscores',
    'POINTS_DB_NAME must be at most 63 letters, digits, hyphens or underscores',
    'POINTS_PARTITIONS must be a whole number of 1-1000',
    'POINTS_REPLICATION_FACTOR must be a whole number of 1-10',
    'CORE_TIMEOUT_MS must be a whole number of 10-10000',
    'POINTS_LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent',
    'POINTS_ACTOR must be letters, digits, dots, hyphens or underscores',
  ]);
  expect(faults.join()).not.toContain('hunter2');
});

test.each([
  ['db', 'mongodb://db:27017'],
  ['db1:27018, db2', 'mongodb://db1:27018,db2:27017'],
  ['[::1]:27018', 'mongodb://[::1]:27018'],
  ['mongodb://db', 'mongodb://db'],
])('POINTS_DB_HOST=%s is %s', (text, url) => {
  expect(loadConfig({ ...servers, POINTS_DB_HOST: text }).mongoUrl).toBe(url);
});

test('CORE_HOST may be left out', () => {
  expect(loadConfig(servers, ['processor']).coreHost).toBeUndefined();
});

test('A wrong REDIS_STATE_HOST is told though REDIS_HOST would do', () => {
  expect(faultsOf({ ...servers, REDIS_STATE_HOST: 'http://state' })).toEqual([
    'REDIS_STATE_HOST must be host:port or a redis:// or rediss:// URL',
  ]);
});

test('The description of the settings names each once, with its default and who needs it', () => {
  const rows = describeSettings();
  expect(rows.map(({ name }) => name)).toHaveLength(new Set(rows.map(({ name }) => name)).size);
  expect(rows.find(({ name }) => name === 'AUTH_HOST')).toEqual({
    name: 'AUTH_HOST',
    about: 'gRPC address of Auth, host:port',
    fallback: '',
    roles: ['balances-server'],
    usedBy: ['ingress', 'doctor'],
    isOptional: false,
    isSecret: false,
  });
  expect(rows.find(({ name }) => name === 'CORE_HOST')).toEqual({
    name: 'CORE_HOST',
    about: 'gRPC address of Core, host:port; not set: nobody is asked whether a customer exists',
    fallback: '',
    roles: [],
    usedBy: ['processor', 'doctor'],
    isOptional: false,
    isSecret: false,
  });
  expect(rows.find(({ name }) => name === 'REDIS_STATE_HOST')?.fallback).toBe('= REDIS_HOST');
  expect(rows.find(({ name }) => name === 'POINTS_GRPC_PORT')?.fallback).toBe('50059');
});

describe('a secret may come from a file', () => {
  const { POINTS_DB_HOST: _address, ...others } = servers;
  const reading = (env: Environment, files: Readonly<Record<string, string>> = {}) =>
    readConfig({ ...others, ...env }, ['inspection'], (path) => {
      const text = files[path];
      if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
      return text;
    });

  test('which holds nothing else', () => {
    const { entries, faults } = reading({ POINTS_DB_HOST_FILE: '/run/db' }, { '/run/db': 'mongodb://u:pw@db/\n' });
    expect(faults).toEqual([]);
    expect(entries.find(({ key }) => key === 'mongoUrl')?.reading.value).toBe('mongodb://u:pw@db/');
  });

  test.each([
    ['cannot be read', {}, {}, 'POINTS_DB_HOST_FILE names a file that cannot be read (ENOENT)'],
    ['is empty', {}, { '/run/db': ' \n' }, 'POINTS_DB_HOST_FILE names an empty file'],
    [
      'is not the only one to say so',
      { POINTS_DB_HOST: 'db' },
      { '/run/db': 'db' },
      'POINTS_DB_HOST and POINTS_DB_HOST_FILE are both set: leave one out',
    ],
    [
      'holds something else',
      {},
      { '/run/db': 'postgres://u:hunter2@db' },
      'POINTS_DB_HOST must be host:port or a mongodb:// or mongodb+srv:// URL',
    ],
  ])('A file that %s is a fault', (_what, env, files: Readonly<Record<string, string>>, fault) => {
    expect(reading({ POINTS_DB_HOST_FILE: '/run/db', ...env }, files).faults).toEqual([fault]);
  });

  test('and so may that which another falls back to', () => {
    const env = { ...servers, REDIS_HOST: undefined, REDIS_HOST_FILE: '/run/redis' };
    const { entries, faults } = readConfig(env, ['processor'], () => 'rediss://:pw@cache:6380');
    expect(faults).toEqual([]);
    expect(entries.find(({ key }) => key === 'redisStateUrl')?.reading).toMatchObject({
      ...{ value: 'rediss://:pw@cache:6380', source: { from: 'another', variable: 'REDIS_HOST' } },
    });
  });

  test('but what is no secret may not', () => {
    expect(faultsOf({ ...servers, KAFKA_BROKER: undefined, KAFKA_BROKER_FILE: '/run/kafka' })).toEqual([
      'KAFKA_BROKER is not set (Brokers, host:port with commas)',
    ]);
  });
});
