import { expect, test } from 'vitest';
import { localAddresses, mergeAddresses, namedServers } from '../../../src/ops/dev/addresses.ts';
import { portsAt } from '../../../src/ops/dev/ports.ts';

test('an empty environment names no servers', () => {
  expect(namedServers({ KAFKA_BROKER: '', REDIS_HOST: ' ' })).toEqual({});
});

test('hosts get the usual port and scheme, what is complete stays as it is', () => {
  expect(namedServers({ KAFKA_BROKER: 'one, two:9093', POINTS_DB_HOST: 'db', REDIS_HOST: 'cache:6399' })).toEqual({
    brokers: ['one:9092', 'two:9093'],
    mongo: 'mongodb://db:27017',
    redisCache: 'redis://cache:6399',
    redisState: 'redis://cache:6399',
  });
  expect(
    namedServers({
      POINTS_DB_HOST: 'mongodb+srv://user:pass@cluster.example/?retryWrites=true',
      REDIS_STATE_HOST: 'rediss://state.example:7000',
      SCHEMA_REGISTRY_URL: 'http://registry:8081/',
    }),
  ).toEqual({
    mongo: 'mongodb+srv://user:pass@cluster.example/?retryWrites=true',
    redisState: 'rediss://state.example:7000',
    registry: 'http://registry:8081',
  });
});

test('REDIS_STATE_HOST names the second Redis apart from the first', () => {
  expect(namedServers({ REDIS_HOST: 'a', REDIS_STATE_HOST: 'b' })).toEqual({
    redisCache: 'redis://a:6380',
    redisState: 'redis://b:6380',
  });
});

test('what is named takes the place of ours, the rest is ours', () => {
  const ours = localAddresses(portsAt(100), 3);
  expect(ours.brokers).toEqual(['127.0.0.1:9192', '127.0.0.1:9193', '127.0.0.1:9194']);
  const merged = mergeAddresses(ours, namedServers({ POINTS_DB_HOST: 'db:1', REDIS_STATE_HOST: 'state:2' }));
  expect(merged).toEqual({
    ...ours,
    mongo: 'mongodb://db:1',
    redis: { cache: 'redis://127.0.0.1:6480', state: 'redis://state:2' },
  });
});
