import { expect, test } from 'vitest';
import { serviceOf } from '../../src/app/announce.ts';
import { loadConfig } from '../../src/app/config.ts';

const told = (env: Readonly<Record<string, string>>) =>
  serviceOf(
    loadConfig({ POINTS_DB_HOST: 'db', REDIS_HOST: 'cache', AUTH_HOST: 'auth', ...env }, ['balances-server']),
    8081,
    'pod-1',
  );

test('By default the agent is on this machine, and asks there', () => {
  expect(told({})).toEqual({
    ...{ id: 'points-pod-1-50059', name: 'points', port: 50_059, checkUrl: 'http://127.0.0.1:8081/health' },
  });
});

test.each([
  ['10.1.2.3', 'http://10.1.2.3:8081/ready?full'],
  ['fd00::7', 'http://[fd00::7]:8081/ready?full'],
])('At the address %s the agent asks %s', (address, checkUrl) => {
  const env = {
    SERVICE_ADDRESS: address,
    SERVICE_CHECK_HTTP: '/ready?full',
    SERVICE_NAME: 'loyalty',
    SERVICE_PORT: '443',
  };
  expect(told(env)).toEqual({ id: 'loyalty-pod-1-443', name: 'loyalty', port: 443, address, checkUrl });
});

test('A check that is a URL is asked as it is', () => {
  expect(told({ SERVICE_CHECK_HTTP: 'https://points.example/health' }).checkUrl).toBe('https://points.example/health');
});

test.each([
  ['SERVICE_NAME', 'Points_1'],
  ['SERVICE_PORT', '0'],
  ['SERVICE_CHECK_HTTP', 'health'],
  ['SERVICE_CHECK_HTTP', 'tcp://x/'],
  ['CONSUL_HTTP_ADDR', 'tcp://consul'],
  ['CONSUL_HTTP_TOKEN', 'two words'],
])('%s=%s is refused before anything starts', (name, value) => {
  expect(() => told({ [name]: value })).toThrow(name);
});
