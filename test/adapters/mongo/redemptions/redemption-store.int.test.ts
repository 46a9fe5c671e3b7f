import { UUID } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRedemptionStore, type MongoConnection } from '../../../../src/adapters/mongo/index.ts';
import { type LogFields, silentLogger } from '../../../../src/common/logger.ts';
import type { RedemptionStatus, RedemptionStore } from '../../../../src/sinks/ports.ts';
import { redemptionsBehaviour } from '../../../sinks/redemption-store.behaviour.ts';
import { preparedDatabase } from '../../../support/mongo-database.ts';
import { redemptionSteps } from '../../../support/redemption-steps.ts';
import { sharedServers } from '../../../support/servers.ts';

let connection: MongoConnection;
let store: RedemptionStore;
let counted: Partial<Record<RedemptionStatus, number>> = {};
const alarms: (readonly [LogFields, string])[] = [];

const onWritten = (status: RedemptionStatus, redemptions: number): void => {
  counted[status] = (counted[status] ?? 0) + redemptions;
};

const written = (): Partial<Record<RedemptionStatus, number>> => {
  const before = counted;
  counted = {};
  return before;
};

beforeAll(async () => {
  connection = await preparedDatabase(sharedServers().mongo, afterAll);
  const logger = {
    ...silentLogger,
    error: (fields: LogFields, message: string) => void alarms.push([fields, message]),
  };
  store = createRedemptionStore({ connection, logger, onWritten });
});

const documentsOf = (merchantId: string) =>
  connection.database
    .collection('reward_redemptions')
    .find({ merchant_id: new UUID(merchantId) })
    .sort({ idempotency_token: 1 })
    .toArray();

redemptionsBehaviour('MongoDB', () => ({
  store,
  written,
  held: async (merchantId) =>
    (await documentsOf(merchantId)).map(({ idempotency_token, status, task_id, reason }) => ({
      idempotency_token: idempotency_token.toString(),
      status,
      task_id: task_id?.toString() ?? null,
      reason: reason ?? null,
    })),
}));

describe('redemptions in MongoDB', () => {
  test('are the documents that others read, the same by one write or by two', async () => {
    const steps = redemptionSteps({ points: 2 ** 40, correlation_id: '$status', locale: '' });
    const { pending, completed } = steps;
    const elsewhere = redemptionSteps().pending.merchant_id;
    await store.apply([pending]);
    const begun = {
      customer_id: new UUID(pending.customer_id),
      merchant_id: new UUID(pending.merchant_id),
      reward_id: new UUID(String(pending.reward_id)),
      idempotency_token: new UUID(String(pending.idempotency_token)),
      redemption_id: new UUID(String(pending.redemption_id)),
      points: 1_099_511_627_776,
      status: 'pending',
      locale: 'en',
      schema_version: '1.0.0',
      created_at: new Date('2026-01-31T12:00:00.000Z'),
      correlation_id: '$status',
    };
    const [first] = await documentsOf(pending.merchant_id);
    expect(first).toEqual({ _id: first?._id, ...begun });

    await store.apply([completed]);
    const ended = {
      ...begun,
      status: 'completed',
      task_id: new UUID(String(completed.task_id)),
      settled_at: new Date('2026-01-31T12:01:30.000Z'),
    };
    const [then] = await documentsOf(pending.merchant_id);
    expect(then).toEqual({ _id: first?._id, ...ended });

    await store.apply([pending, completed].map((step) => ({ ...step, merchant_id: elsewhere })));
    const [atOnce] = await documentsOf(elsewhere);
    expect(atOnce).toEqual({ _id: atOnce?._id, ...ended, merchant_id: new UUID(elsewhere) });
  });

  test('store points as int or long, never as double, whichever step comes first', async () => {
    const merchant_id = redemptionSteps().pending.merchant_id;
    const [one, two] = [
      redemptionSteps({ merchant_id, points: 2 ** 40 }),
      redemptionSteps({ merchant_id, points: 2 ** 40 }),
    ];
    await store.apply([one.pending, two.failed]);
    const typed = await connection.database
      .collection('reward_redemptions')
      .aggregate([
        { $match: { merchant_id: new UUID(merchant_id) } },
        { $project: { _id: 0, points: { $type: '$points' } } },
      ])
      .toArray();
    expect(typed).toEqual([{ points: 'long' }, { points: 'long' }]);
  });

  test('change no byte when 1,000 steps are written again', async () => {
    const merchant_id = redemptionSteps().pending.merchant_id;
    const all = Array.from({ length: 500 }, () => redemptionSteps({ merchant_id }));
    const steps = all.flatMap(({ pending, completed, failed }, index) => [pending, index % 2 ? completed : failed]);
    written();
    expect(await store.apply(steps)).toEqual([]);
    const once = await documentsOf(merchant_id);
    expect(written()).toEqual({ pending: 500, completed: 250, failed: 250 });
    expect(await store.apply(steps)).toEqual([]);
    expect(await store.apply([...steps].reverse())).toEqual([]);
    expect(await documentsOf(merchant_id)).toEqual(once);
    expect(written()).toEqual({});
  });

  test('are written once, and counted once, by several writers at once', async () => {
    const merchant_id = redemptionSteps().pending.merchant_id;
    const all = Array.from({ length: 200 }, () => redemptionSteps({ merchant_id }));
    written();
    const writers = await Promise.all([
      store.apply(all.map(({ pending }) => pending)),
      store.apply(all.flatMap(({ pending, completed }) => [pending, completed])),
      store.apply(all.map(({ completed }) => completed)),
      store.apply(all.map(({ pending }) => pending)),
    ]);
    expect(writers).toEqual([[], [], [], []]);
    const documents = await documentsOf(merchant_id);
    expect(documents).toHaveLength(200);
    expect(new Set(documents.map(({ status }) => status))).toEqual(new Set(['completed']));
    // Where a completion came first there was no request to count any more: pending is known only by its insert.
    const { pending = 0, completed, failed } = written();
    expect([pending <= 200, completed, failed]).toEqual([true, 200, undefined]);
  });

  test('refuse each step for its own reason and name no value', async () => {
    const { pending } = redemptionSteps();
    const refusals = await store.apply([
      { ...pending, reward_id: null },
      { ...pending, idempotency_token: 'jane', status: null },
      { ...pending, created_at: Number.NaN },
      { ...pending, task_id: 'jane' },
      { ...pending, points: 0 },
      { ...pending, points: 1.5 },
      { ...pending, locale: 'jane@example' },
    ]);
    expect(refusals).toEqual([
      { index: 0, reason: 'Document is refused: reward_id is not a UUID' },
      { index: 1, reason: 'Document is refused: idempotency_token is not a UUID; status is missing' },
      { index: 2, reason: 'Document is refused: created_at is not a date' },
      { index: 3, reason: 'Document is refused: task_id is not a UUID' },
      { index: 4, reason: 'Document is refused: points minimum' },
      { index: 5, reason: 'Document is refused: points bsonType' },
      { index: 6, reason: 'Document is refused: locale pattern' },
    ]);
    expect(await documentsOf(pending.merchant_id)).toEqual([]);
  });

  test('sound an alarm where they contradict what is held', async () => {
    const { pending } = redemptionSteps();
    await store.apply([pending]);
    alarms.length = 0;
    await store.apply([{ ...pending, points: 1 }]);
    const { merchant_id, customer_id, redemption_id, event_id, correlation_id } = pending;
    expect(alarms).toEqual([
      [
        { merchant_id, customer_id, redemption_id, event_id, correlation_id },
        'A redemption contradicts what is held: token belongs to another redemption',
      ],
    ]);
  });

  test('are found by their indexes, and are in the index of tasks only when a task has answered', async () => {
    const { pending, completed } = redemptionSteps();
    await store.apply([pending]);
    const collection = connection.database.collection('reward_redemptions');
    const byTask = { task_id: new UUID(String(completed.task_id)) };
    const inIndex = () =>
      collection.countDocuments({ merchant_id: new UUID(pending.merchant_id) }, { hint: 'idx_task_id' });
    expect(await inIndex()).toBe(0);
    await store.apply([completed]);
    expect(await inIndex()).toBe(1);
    expect(await collection.find(byTask).hint('idx_task_id').toArray()).toHaveLength(1);
  });
});
