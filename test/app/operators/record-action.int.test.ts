import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/app/config.ts';
import { type Action, recordAction } from '../../../src/app/operators/record-action.ts';
import { setUp } from '../../../src/app/setup.ts';
import { silentLogger } from '../../../src/common/logger.ts';
import { readAuditLog } from '../../support/audit-log.ts';
import { freshDatabase } from '../../support/mongo-database.ts';
import { sharedServers } from '../../support/servers.ts';

const { brokers, registry, mongo } = sharedServers();
const nobody = '127.0.0.1:1';
const now = Date.now();

/** Where a Java client puts this merchant in a topic of four partitions. */
const merchantId = 'a9f1c2d3-0000-4000-8000-000000000005';
const merchantPartition = 1;

const record = (action: Partial<Action> = {}, options: Partial<Parameters<typeof recordAction>[0]> = {}) =>
  recordAction(
    {
      ...{ kafkaBrokers: brokers, registryUrl: registry, applicationId: 'test', logger: silentLogger },
      ...{
        clock: { now: () => now },
        newId: randomUUID,
        transport: { kafka: undefined, registry: undefined },
        ...options,
      },
    },
    { name: 'points.replay', actor: 'operator', detail: '3 records of points.dlq', ...action },
  );

const recordOf = async (eventId: string) =>
  (await readAuditLog({ brokers, registry })).filter(({ value }) => value['event_id'] === eventId);

beforeAll(async () => {
  const { database } = await freshDatabase(mongo, afterAll);
  const env = { KAFKA_BROKER: brokers.join(), SCHEMA_REGISTRY_URL: registry, POINTS_DB_HOST: mongo };
  await setUp(loadConfig({ ...env, POINTS_DB_NAME: database.databaseName }, ['setup']), silentLogger);
});

describe('recordAction', () => {
  test('writes one record of kind action under the merchant’s key, to that key’s partition', async () => {
    const correlationId = randomUUID();
    const eventId = await record({ merchantId, correlationId });
    expect(await recordOf(eventId)).toEqual([
      {
        partition: merchantPartition,
        key: merchantId,
        headers: { correlation_id: correlationId, schema_version: '1.0.0' },
        value: {
          event_id: eventId,
          event_type: 'points.replay',
          customer_id: '00000000-0000-0000-0000-000000000000',
          merchant_id: merchantId,
          points: 0,
          type: 'earn',
          sequence: 0,
          balance_after: 0,
          locale: 'en',
          description: '',
          rule: '',
          order_id: null,
          amount_minor: null,
          delivery_id: null,
          retention_days: 180,
          kind: 'action',
          status: null,
          reason: null,
          redemption_id: null,
          reward_id: null,
          idempotency_token: null,
          task_id: null,
          actor: 'operator',
          detail: '3 records of points.dlq',
          schema_version: '1.0.0',
          created_at: now,
          correlation_id: correlationId,
        },
      },
    ]);
  });

  test('names the nil merchant where all are concerned, and its own id as what it is part of', async () => {
    const eventId = await record();
    const [found] = await recordOf(eventId);
    expect(found).toMatchObject({
      key: '00000000-0000-0000-0000-000000000000',
      value: { merchant_id: '00000000-0000-0000-0000-000000000000', correlation_id: eventId },
    });
  });

  test.each([
    ['a name that is no name of an act', { name: 'Replay' }, /^The name of the act/],
    ['an actor with an address', { actor: 'somebody@example.com' }, /^The actor of the act/],
    ['an actor with a space', { actor: 'Jane Roe' }, /^The actor of the act/],
    ['two lines', { detail: 'one\ntwo' }, /^The detail of the act/],
    ['no detail', { detail: '' }, /^The detail of the act/],
    ['too long a detail', { detail: 'x'.repeat(1_001) }, /^The detail of the act/],
  ])('refuses %s', async (_what, action, message) => {
    await expect(record(action)).rejects.toMatchObject({
      code: 'ACTION_UNFIT',
      message: expect.stringMatching(message) as string,
    });
  });

  test('fails while Kafka is away, so that the act is not done', async () => {
    await expect(record({}, { kafkaBrokers: [nobody], deadlineMs: 2_000 })).rejects.toMatchObject({
      code: 'DEPENDENCY_UNAVAILABLE',
      message: 'Kafka is not available',
    });
  });

  test('fails while the schema registry is away', async () => {
    await expect(record({}, { registryUrl: `http://${nobody}` })).rejects.toMatchObject({
      code: 'DEPENDENCY_UNAVAILABLE',
      message: 'The schema registry is not available',
    });
  });
});
