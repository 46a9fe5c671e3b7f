import { randomUUID } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import { loadConfig } from '../../../src/app/index.ts';
import { examineAll } from '../../../src/app/operators/doctor/doctor.ts';
import type { Finding } from '../../../src/app/operators/doctor/finding.ts';
import { setUp } from '../../../src/app/setup.ts';
import { silentLogger } from '../../../src/common/logger.ts';
import { freshDatabase } from '../../support/mongo-database.ts';
import { sharedServers, temporaryFolder } from '../../support/servers.ts';

/** Nobody listens there: the port is reserved. */
const nobody = '127.0.0.1:1';

const healthyEnv = async () => {
  const { brokers, registry, mongo, redis } = sharedServers();
  const { database } = await freshDatabase(mongo, onTestFinished);
  return {
    ...{ KAFKA_BROKER: brokers.join(), SCHEMA_REGISTRY_URL: registry, POINTS_DB_HOST: mongo },
    ...{ REDIS_HOST: redis.cache, REDIS_STATE_HOST: redis.state, POINTS_DB_NAME: database.databaseName },
    ...{
      POINTS_APPLICATION_ID: `doctor-${randomUUID().slice(0, 8)}`,
      POINTS_STATE_DIR: await temporaryFolder('state'),
    },
  };
};

const wrong = (findings: readonly Finding[]): readonly string[] =>
  findings.flatMap(({ name, state }) => (state === 'fault' ? [name] : []));

const found = (findings: readonly Finding[], name: string): Finding | undefined =>
  findings.find((one) => one.name === name);

describe('a service that is set up', () => {
  test('is well but for the processes that nobody has started', async () => {
    const env = await healthyEnv();
    await setUp(loadConfig(env, ['setup']), silentLogger);
    const findings = await examineAll(env, ['ingress', 'processor']);
    expect(wrong(findings)).toEqual(
      ['ingest', 'points', 'ledger', 'redemptions', 'balances'].map((name) => `topology ${name}`),
    );
    expect(found(findings, 'topology points')).toMatchObject({ advice: expect.stringContaining('points processor') });
    for (const name of ['topics', 'collections', 'MongoDB', 'Redis (cache)', 'Redis (state)', 'schema registry']) {
      expect(found(findings, name)).toMatchObject({ state: 'ok' });
    }
    // One broker is enough for a test and too few for a service.
    expect(found(findings, 'Kafka')).toMatchObject({ state: 'warning', runbook: 'kafka-loss' });
  });

  test('with another number of partitions in its settings is told which to set', async () => {
    const env = await healthyEnv();
    await setUp(loadConfig(env, ['setup']), silentLogger);
    const findings = await examineAll({ ...env, POINTS_PARTITIONS: '6' }, ['processor']);
    expect(found(findings, 'topic points.ingest')).toEqual({
      ...{ name: 'topic points.ingest', state: 'fault', runbook: 'add-partitions' },
      ...{ found: '4 partitions, POINTS_PARTITIONS=6', advice: expect.stringContaining('POINTS_PARTITIONS to 4') },
    });
  });
});

test('A database without collections is told to be set up', async () => {
  const findings = await examineAll(await healthyEnv(), ['processor']);
  const collections = found(findings, 'collections');
  expect(collections).toMatchObject({ state: 'fault', advice: 'Run `points setup`' });
  expect(collections?.found).toContain('points_transactions');
});

test('An index that somebody has dropped, and a validator, are named', async () => {
  const env = await healthyEnv();
  await setUp(loadConfig(env, ['setup']), silentLogger);
  const { database } = await freshDatabase(sharedServers().mongo, onTestFinished);
  const own = database.client.db(env.POINTS_DB_NAME);
  const index = (await own.collection('points_transactions').indexes()).find(({ name }) => name !== '_id_')?.name ?? '';
  await own.collection('points_transactions').dropIndex(index);
  await own.command({ collMod: 'merchants', validator: {} });
  const findings = await examineAll(env, ['processor']);
  expect(found(findings, 'collections')?.found).toBe(
    `missing: points_transactions.${index}, merchants (its validator)`,
  );
});

test('Servers that are away are each told, with what to do, and hide nothing of each other', async () => {
  const env = {
    ...(await healthyEnv()),
    ...{ KAFKA_BROKER: nobody, SCHEMA_REGISTRY_URL: `http://${nobody}`, POINTS_DB_HOST: nobody, REDIS_HOST: nobody },
    ...{ AUTH_HOST: nobody, CORE_HOST: nobody },
  };
  const findings = await examineAll(env, ['ingress', 'processor']);
  const away = ['Kafka', 'schema registry', 'MongoDB', 'Redis (cache)', 'Auth', 'Core'];
  expect(wrong(findings)).toEqual(away);
  for (const name of away) {
    const finding = found(findings, name);
    expect(finding?.found).toContain('is not available');
    expect(finding?.advice).toBeTruthy();
    expect(finding?.runbook).toBeTruthy();
  }
  expect(found(findings, 'Redis (state)')).toMatchObject({ state: 'ok' });
});

test('One Redis for both uses is told: what may be evicted and what must not be are in one place', async () => {
  const env = await healthyEnv();
  const findings = await examineAll({ ...env, REDIS_STATE_HOST: env.REDIS_HOST }, ['processor']);
  expect(found(findings, 'Redis')).toMatchObject({ state: 'warning', found: 'cache and state are one server' });
  expect(findings.filter(({ name }) => name === 'Redis (state)').at(-1)).toMatchObject({
    ...{ state: 'warning', found: 'maxmemory-policy is volatile-lru' },
  });
});

test('A fault of the configuration hides nothing of the servers, and no secret is shown', async () => {
  const env = { ...(await healthyEnv()), KAFKA_BROKER: 'k1,,k2', REDIS_HOST: `redis://:hunter2@${nobody}` };
  const findings = await examineAll(env, ['ingress', 'processor']);
  expect(found(findings, 'configuration')?.found).toBe(
    'KAFKA_BROKER must be host:port, or several with commas between them',
  );
  expect(found(findings, 'MongoDB')).toMatchObject({ state: 'ok' });
  expect(found(findings, 'Redis (cache)')).toMatchObject({ state: 'fault' });
  expect(JSON.stringify(findings)).not.toContain('hunter2');
});
