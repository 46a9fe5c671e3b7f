import { randomUUID } from 'node:crypto';
import { type Document, UUID } from 'mongodb';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createOfflineQueue, type MongoConnection } from '../../../../src/adapters/mongo/index.ts';
import type { OfflineQueue } from '../../../../src/ingress/ports.ts';
import { offlineQueueBehaviour } from '../../../ingress/offline/offline-queue.behaviour.ts';
import { queuedCommand } from '../../../ingress/offline/queued-commands.ts';
import { preparedDatabase } from '../../../support/mongo-database.ts';
import { sharedServers } from '../../../support/servers.ts';
import { until } from '../../../support/until.ts';

const now = Date.UTC(2026, 5, 1, 8);

interface QueueOptions {
  readonly limit?: number;
  readonly leaseMs?: number;
}

const open = (connection: MongoConnection, options: QueueOptions = {}): OfflineQueue =>
  createOfflineQueue({ connection, clock: { now: () => now }, instance: randomUUID(), ...options });

const fresh = (): Promise<MongoConnection> => preparedDatabase(sharedServers().mongo, onTestFinished);

offlineQueueBehaviour('MongoDB', {
  open: async (_name, options) => open(await preparedDatabase(sharedServers().mongo, onTestFinished), options),
});

describe('the offline queue in MongoDB', () => {
  let connection: MongoConnection;
  beforeAll(async () => {
    connection = await preparedDatabase(sharedServers().mongo, afterAll);
  });

  const documents = (): Promise<readonly Document[]> =>
    connection.database.collection('pos_offline_queue').find().sort({ arrival: 1 }).toArray();

  test('writes the documents that others read', async () => {
    const command = queuedCommand({ points: -(2 ** 40), type: 'spend', locale: 'ar-EG' });
    await open(connection).put(command, true);
    const [document] = await documents();
    expect(document).toEqual({
      _id: document!['_id'],
      merchant_id: new UUID(command.merchant_id),
      customer_id: new UUID(command.customer_id),
      idempotency_token: new UUID(command.event_id),
      points: -(2 ** 40),
      type: 'spend',
      locale: 'ar-EG',
      created_at: new Date(now),
      schema_version: '1.0.0',
      correlation_id: 'correlation-1',
      command: expect.objectContaining({ sub_type: 0 }),
      arrival: 1,
      attempts: 0,
    });
    expect(Buffer.from(document!['command'].value())).toEqual(command.value);
  });

  test('refuses what the collection does not take, and nothing that is put with it', async () => {
    const queue = open(await fresh());
    const puts = [queuedCommand(), queuedCommand({ points: 0 }), queuedCommand({ event_id: 'x' }), queuedCommand()];
    const outcomes = await Promise.allSettled(puts.map((command) => queue.put(command, true)));
    expect(outcomes.map((one) => (one.status === 'fulfilled' ? one.value : one.reason.code))).toEqual([
      ...['taken', 'COMMAND_NOT_STORABLE', 'COMMAND_NOT_STORABLE', 'taken'],
    ]);
    expect(await queue.status()).toMatchObject({ waiting: 2 });
  });

  test('takes as many as its limit from four instances at once, and numbers them in one row', async () => {
    const own = await fresh();
    const instances = Array.from({ length: 4 }, () => open(own, { limit: 1_000 }));
    const outcomes = await Promise.all(
      instances.flatMap((queue) => Array.from({ length: 300 }, () => queue.put(queuedCommand(), true))),
    );
    expect(outcomes.filter((outcome) => outcome === 'taken')).toHaveLength(1_000);
    expect(outcomes.filter((outcome) => outcome === 'full')).toHaveLength(200);
    const arrivals = (await instances[0]!.first(2_000)).map(({ arrival }) => arrival);
    expect(arrivals).toEqual(Array.from({ length: 1_000 }, (_, index) => index + 1));
  });

  test('stays right while some put and others remove', async () => {
    const own = await fresh();
    const [one, other] = [open(own), open(own)];
    const putting = Promise.all(
      Array.from({ length: 400 }, (_, number) => (number % 2 === 0 ? one : other).put(queuedCommand(), true)),
    );
    let removed = 0;
    await until('all were removed', async () => (removed += await one.remove(await one.first(37))) === 400, 20_000);
    await putting;
    expect(await other.status()).toMatchObject({ waiting: 0, lastArrival: 400 });
    expect(await other.recount()).toBe(0);
  });

  test('lets what is sent be removed at once, however fast two instances put', async () => {
    const own = await fresh();
    const [one, other] = [open(own), open(own)];
    const ending = new AbortController();
    const putOn = async (queue: OfflineQueue): Promise<void> => {
      while (!ending.signal.aborted) await queue.put(queuedCommand(), true);
    };
    const putting = Promise.all([one, other, one, other].map(putOn));
    onTestFinished(() => ending.abort());
    for (let round = 0; round < 5; round += 1) {
      await until('many wait', async () => (await one.status()).waiting >= 50, 20_000);
      const since = performance.now();
      await one.remove(await one.first(50));
      expect(performance.now() - since).toBeLessThan(1_000);
    }
    ending.abort();
    await putting;
    expect(await one.recount()).toBe(0);
  });

  test('is one instance’s to drain, until that lets go or is not heard of any more', async () => {
    const own = await fresh();
    const [one, other] = [open(own, { leaseMs: 400 }), open(own, { leaseMs: 400 })];
    expect((await Promise.all([one.hold(), other.hold()])).toSorted()).toEqual([false, true]);
    await Promise.all([one.letGo(), other.letGo()]);
    expect(await one.hold()).toBe(true);
    expect(await one.hold()).toBe(true);
    expect(await other.hold()).toBe(false);
    await other.letGo();
    expect(await other.hold()).toBe(false);
    await until('the lease is over', () => other.hold(), 5_000);
    expect(await one.hold()).toBe(false);
    await one.letGo();
    expect(await one.hold()).toBe(false);
  });

  test('gets back the room that an instance took which was killed before it put anything, after half a minute', async () => {
    const own = await fresh();
    const queue = open(own);
    await queue.put(queuedCommand(), true);
    const abandon = (secondsAgo: number) =>
      own.database.collection<Document & { _id: string }>('pos_offline_queue_state').updateOne(
        { _id: 'count' },
        {
          $inc: { reserved: 5 },
          $push: { pending: { id: 'killed', count: 5, at: new Date(Date.now() - secondsAgo * 1_000) } } as Document,
        },
      );
    await abandon(5);
    expect(await queue.recount()).toBe(0);
    expect(await queue.status()).toMatchObject({ waiting: 6 });
    await own.database
      .collection<Document & { _id: string }>('pos_offline_queue_state')
      .updateOne({ _id: 'count' }, { $set: { 'pending.0.at': new Date(Date.now() - 31_000) } });
    // Nobody counts these as expired.
    expect(await queue.recount()).toBe(0);
    expect(await queue.status()).toMatchObject({ waiting: 1 });
  });

  test('finds out how many its time to live has removed, and what was put by hand or lost its state', async () => {
    const own = await fresh();
    const queue = open(own);
    await Promise.all([1, 2, 3].map(() => queue.put(queuedCommand(), true)));
    await own.database.collection('pos_offline_queue').deleteOne({ arrival: 2 });
    expect(await queue.recount()).toBe(1);
    expect(await queue.recount()).toBe(0);
    expect(await queue.status()).toMatchObject({ waiting: 2 });

    await own.database.collection('pos_offline_queue_state').deleteMany({});
    expect(await queue.recount()).toBe(0);
    await queue.put(queuedCommand(), true);
    expect((await queue.first(9)).map(({ arrival }) => arrival)).toEqual([1, 3, 4]);
    expect(await queue.status()).toMatchObject({ waiting: 3, lastArrival: 4 });
  });
});
