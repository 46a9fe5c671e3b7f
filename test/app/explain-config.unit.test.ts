import { expect, test } from 'vitest';
import { explainConfig } from '../../src/app/explain-config.ts';

const servers = {
  ...{ KAFKA_BROKER: 'k1:9092', SCHEMA_REGISTRY_URL: 'http://registry:8081', REDIS_HOST: 'cache', AUTH_HOST: 'auth' },
  POINTS_DB_HOST: 'mongodb://db:27017',
};

const rowOf = (env: Readonly<Record<string, string | undefined>>, name: string) =>
  explainConfig({ ...servers, ...env }).settings.find((row) => row.name === name);

test.each([
  ['POINTS_HTTP_PORT', {}, { value: '8080', from: 'default', isSet: false }],
  ['POINTS_HTTP_PORT', { POINTS_HTTP_PORT: '9000' }, { value: '9000', from: 'environment', isSet: true }],
  ['REDIS_STATE_HOST', {}, { value: 'cache', from: 'REDIS_HOST', isSet: false }],
  ['POINTS_DB_HOST', { POINTS_DB_HOST: '' }, { value: '', from: 'not set', isSet: false }],
])('%s with %j is told with where it comes from', (name, env, row) => {
  expect(rowOf(env, name)).toEqual({ name, ...row });
});

test.each([
  ['mongodb://reader:hunter2@db:27017/points', 'mongodb://********@db:27017/points'],
  ['mongodb://reader:hunter%402@db1,db2/?tls=true', 'mongodb://********@db1,db2/?tls=true'],
  [
    'mongodb://db/?tls=true&tlsCertificateKeyFilePassword=hunter2&w=1',
    'mongodb://db/?tls=true&tlsCertificateKeyFilePassword=********&w=1',
  ],
  ['mongodb://hunter2@db', 'mongodb://********@db'],
  // The driver takes the last @ for the end of who logs in.
  ['mongodb://u:hun@hunter2@db', 'mongodb://********@db'],
])('%s is shown without who logs in', (address, shown) => {
  expect(rowOf({ POINTS_DB_HOST: address }, 'POINTS_DB_HOST')?.value).toBe(shown);
});

test('A value that is wrong is shown as hidden as one that is right', () => {
  const { settings, faults } = explainConfig({ ...servers, REDIS_HOST: 'http://:hunter2@cache' });
  expect(faults).toEqual(['REDIS_HOST must be host:port or a redis:// or rediss:// URL']);
  expect(JSON.stringify(settings)).not.toContain('hunter2');
});

test('Only what the roles have is told', () => {
  const names = explainConfig(servers, ['balances-server']).settings.map(({ name }) => name);
  expect(names).toContain('AUTH_HOST');
  expect(names).not.toContain('CORE_HOST');
});

test.each([
  ['POINTS_HTPP_PORT', 'POINTS_HTTP_PORT'],
  ['KAFKA_BROKERS', 'KAFKA_BROKER'],
  ['POINTS_DB_HOSTFILE', 'POINTS_DB_HOST_FILE'],
])('%s is told as a misspelt %s', (variable, name) => {
  expect(explainConfig({ ...servers, [variable]: 'x' }).suspects).toEqual([
    `${variable} is no setting and is not read: ${name}?`,
  ]);
});

test.each(['POINTS_SERVICE_HOST', 'POINTS_PORT_50059_TCP', 'HOSTNAME', 'PATH', 'AUTH_SERVICE_PORT'])(
  '%s is nobody’s mistake',
  (variable) => {
    expect(explainConfig({ ...servers, [variable]: 'x' }).suspects).toEqual([]);
  },
);
