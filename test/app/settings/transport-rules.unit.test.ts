import { describe, expect, test } from 'vitest';
import { type Environment, readConfig } from '../../../src/app/config.ts';

const plain = {
  KAFKA_BROKER: 'k1:9092',
  SCHEMA_REGISTRY_URL: 'http://registry:8081',
  POINTS_DB_HOST: 'db:27017',
  REDIS_HOST: 'cache',
  AUTH_HOST: 'auth:50060',
};
const faultsOf = (env: Environment) => readConfig({ ...plain, ...env }).faults;
const logIn = { KAFKA_SASL_USERNAME: 'me', KAFKA_SASL_PASSWORD: 'hush' };

describe('Transport settings', () => {
  test('may all be left out', () => {
    expect(faultsOf({})).toEqual([]);
  });

  test.each([
    ['TLS of the gRPC server', { POINTS_TLS_CERT: '/c', POINTS_TLS_KEY: '/k' }],
    ['mutual TLS of it', { POINTS_TLS_CERT: '/c', POINTS_TLS_KEY: '/k', POINTS_TLS_CLIENT_CA: '/ca' }],
    ['outgoing calls that only check', { POINTS_CLIENT_TLS_CA: '/ca' }],
    ['Kafka over TLS by the CAs of the system', { KAFKA_SECURITY_PROTOCOL: 'SSL' }],
    ['Kafka with a log-in over TLS', { KAFKA_SECURITY_PROTOCOL: 'SASL_SSL', KAFKA_SSL_CA: '/ca', ...logIn }],
    ['MongoDB by a CA', { POINTS_DB_TLS_CA: '/ca' }],
    ['Redis by a CA', { REDIS_HOST: 'rediss://cache', REDIS_TLS_CA: '/ca' }],
    ['a registry by a CA', { SCHEMA_REGISTRY_URL: 'https://registry', SCHEMA_REGISTRY_CA: '/ca' }],
  ])('allow %s', (_what, env) => {
    expect(faultsOf(env)).toEqual([]);
  });

  test.each<[Environment, string[]]>([
    [{ POINTS_TLS_CERT: '/c' }, ['POINTS_TLS_KEY must be set, as POINTS_TLS_CERT is']],
    [{ POINTS_CLIENT_TLS_KEY: '/k' }, ['POINTS_CLIENT_TLS_CERT must be set, as POINTS_CLIENT_TLS_KEY is']],
    [{ POINTS_TLS_CLIENT_CA: '/ca' }, ['POINTS_TLS_CERT must be set, as POINTS_TLS_CLIENT_CA is']],
    [
      { POINTS_CLIENT_TLS_CERT: '/c', POINTS_CLIENT_TLS_KEY: '/k' },
      ['POINTS_CLIENT_TLS_CA must be set, as POINTS_CLIENT_TLS_CERT is'],
    ],
    [{ POINTS_DB_TLS_CERT: '/c' }, ['POINTS_DB_TLS_KEY must be set, as POINTS_DB_TLS_CERT is']],
    [{ KAFKA_SSL_CA: '/ca' }, ['KAFKA_SSL_CA must not be set with KAFKA_SECURITY_PROTOCOL=PLAINTEXT']],
    [
      { KAFKA_SECURITY_PROTOCOL: 'SASL_SSL' },
      [
        'KAFKA_SASL_USERNAME must be set with KAFKA_SECURITY_PROTOCOL=SASL_SSL',
        'KAFKA_SASL_PASSWORD must be set with KAFKA_SECURITY_PROTOCOL=SASL_SSL',
      ],
    ],
    [
      { KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_SASL_PASSWORD: 'hush' },
      ['KAFKA_SASL_PASSWORD must not be set with KAFKA_SECURITY_PROTOCOL=SSL'],
    ],
    [
      { KAFKA_SECURITY_PROTOCOL: 'TLS' },
      ['KAFKA_SECURITY_PROTOCOL must be one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL'],
    ],
    [{ REDIS_TLS_CA: '/ca' }, ['REDIS_HOST must begin with rediss://, as REDIS_TLS_CA is set']],
    [
      { REDIS_TLS_CA: '/ca', REDIS_HOST: 'rediss://cache', REDIS_STATE_HOST: 'state' },
      ['REDIS_STATE_HOST must begin with rediss://, as REDIS_TLS_CA is set'],
    ],
    [{ SCHEMA_REGISTRY_CA: '/ca' }, ['SCHEMA_REGISTRY_URL must begin with https://, as SCHEMA_REGISTRY_CA is set']],
  ])('that are half set are faults: %j', (env, faults) => {
    expect(faultsOf(env)).toEqual(faults);
  });
});
