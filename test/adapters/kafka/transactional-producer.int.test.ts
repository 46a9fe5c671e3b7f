import type { Consumer, Transaction } from 'kafkajs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createKafka } from '../../../src/adapters/kafka/index.ts';
import { silentLogger } from '../../../src/common/logger.ts';
import { CommitFailedError, ProducerFencedError } from '../../../src/streams/index.ts';
import {
  type CommitUnit,
  type GroupMembership,
  MembershipLostError,
  type ProducedRecord,
  type TransactionalProducer,
} from '../../../src/streams/ports.ts';
import { type KafkaRig, kafkaRig, record } from '../../streams/kafka-rig.ts';
import { sharedServers } from '../../support/servers.ts';
import { until } from '../../support/until.ts';

const rigOf = async (partitions = 1): Promise<KafkaRig> => {
  const rig = await kafkaRig(onTestFinished, { partitions });
  // A cluster that is new has no coordinator of groups before it is asked for one.
  await committedOf(rig);
  return rig;
};
const kafkaOf = (rig: KafkaRig) =>
  createKafka({ brokers: sharedServers().brokers, clientId: rig.id, logger: silentLogger });

const producerOf = async (rig: KafkaRig, id = 'task-0'): Promise<TransactionalProducer> => {
  const producer = rig.supplier.transactionalProducer({
    transactionalId: `${rig.id}-${id}`,
    transactionTimeoutMs: 10_000,
  });
  onTestFinished(() => producer.close());
  await producer.init();
  return producer;
};

/** Nobody in particular, as which offsets may be committed without being a member. */
const nobody = (rig: KafkaRig): GroupMembership => ({ groupId: `${rig.id}-group`, memberId: '', generationId: -1 });

const unitOf = (rig: KafkaRig, offset: number, ...values: number[]): CommitUnit => ({
  membership: nobody(rig),
  offsets: [{ topic: rig.topics.in, partition: 0, offset, metadata: '1234' }],
  sends: values.length === 0 ? [] : [sendOf(rig, ...values)],
});

const sendOf = (rig: KafkaRig, ...values: number[]) => ({
  ...{ topic: rig.topics.out, partition: 0 },
  records: values.map((value) => record('a', value)),
});

const textsOf = async (rig: KafkaRig, wanted: number, topic = rig.topics.out, partition = 0): Promise<string[]> =>
  (await rig.read(topic, partition, wanted)).map(({ value }) => String(value));

const committedOf = (rig: KafkaRig) =>
  rig.admin.committedOffset(`${rig.id}-group`, { topic: rig.topics.in, partition: 0 });

describe('a transaction', () => {
  it('makes records and offsets visible, and tells where each partition is behind it', async () => {
    const rig = await rigOf();
    const producer = await producerOf(rig);
    expect(await producer.commit(unitOf(rig, 5, 1, 2))).toEqual([{ topic: rig.topics.out, partition: 0, offset: 3 }]);
    expect(await producer.commit(unitOf(rig, 6, 3))).toEqual([{ topic: rig.topics.out, partition: 0, offset: 5 }]);
    expect(await textsOf(rig, 3)).toEqual(['1', '2', '3']);
    expect(await committedOf(rig)).toEqual({ topic: rig.topics.in, partition: 0, offset: 6, metadata: '1234' });
    expect(await rig.admin.offsets({ topic: rig.topics.out, partition: 0 })).toEqual({ low: 0, high: 5 });
  });

  it('may hold offsets alone, right behind another', async () => {
    const rig = await rigOf();
    const producer = await producerOf(rig);
    for (let offset = 1; offset <= 30; offset += 1) expect(await producer.commit(unitOf(rig, offset))).toEqual([]);
    expect((await committedOf(rig))?.offset).toBe(30);
  });

  it('may hold records alone, or nothing', async () => {
    const rig = await rigOf();
    const producer = await producerOf(rig);
    await producer.commit({ ...unitOf(rig, 1, 1), offsets: [] });
    expect(await producer.commit({ ...unitOf(rig, 1), offsets: [] })).toEqual([]);
    expect(await textsOf(rig, 1)).toEqual(['1']);
    expect(await committedOf(rig)).toBe(undefined);
  });

  it('follows another at once, and each is read from where it ends', async () => {
    const rig = await rigOf();
    const producer = await producerOf(rig);
    const values = Array.from({ length: 100 }, (_, index) => index);
    for (const value of values) await producer.commit(unitOf(rig, value, value));
    expect(await textsOf(rig, values.length)).toEqual(values.map(String));
    expect((await committedOf(rig))?.offset).toBe(99);
  });

  it('spans many partitions of many topics, also of those that come later', async () => {
    const partitions = 12;
    const rig = await rigOf(partitions);
    const producer = await producerOf(rig);
    const all = Array.from({ length: partitions }, (_, partition) => partition);
    const unit = (topics: readonly string[], value: number): CommitUnit => ({
      membership: nobody(rig),
      offsets: all.map((partition) => ({ topic: rig.topics.in, partition, offset: value })),
      sends: topics.flatMap((topic) =>
        all.map((partition) => ({ topic, partition, records: [record('a', value), record('b', partition)] })),
      ),
    });
    await producer.commit(unit([rig.topics.out], 1));
    const ends = await producer.commit(unit([rig.topics.out, rig.topics.dead], 2));
    expect(ends).toEqual([
      ...all.map((partition) => ({ topic: rig.topics.out, partition, offset: 6 })),
      ...all.map((partition) => ({ topic: rig.topics.dead, partition, offset: 3 })),
    ]);
    for (const partition of all) {
      const own = String(partition);
      expect(await textsOf(rig, 4, rig.topics.out, partition)).toEqual(['1', own, '2', own]);
      expect(await textsOf(rig, 2, rig.topics.dead, partition)).toEqual(['2', own]);
      expect((await rig.admin.committedOffset(`${rig.id}-group`, { topic: rig.topics.in, partition }))?.offset).toBe(2);
    }
  });

  it('holds more than one request takes, in order, with other partitions that hold little', async () => {
    const rig = await rigOf(2);
    const producer = await producerOf(rig);
    const values = Array.from({ length: 3_000 }, (_, index) => index);
    const padded = values.map((value) => ({ ...record('a', value), headers: { padding: 'x'.repeat(1_000) } }));
    const topic = rig.topics.out;
    const sends = [
      { topic, partition: 0, records: padded },
      { topic, partition: 1, records: [record('a', 1)] },
    ];
    for (const round of [1, 2]) {
      expect(await producer.commit({ ...unitOf(rig, 1), sends })).toEqual([
        { topic, partition: 0, offset: round * 3_001 },
        { topic, partition: 1, offset: round * 2 },
      ]);
    }
    expect(await textsOf(rig, 2 * values.length)).toEqual([...values, ...values].map(String));
    expect(await textsOf(rig, 2, topic, 1)).toEqual(['1', '1']);
  });

  it('holds records as they are: without key, value or headers, with many, and with large ones', async () => {
    const rig = await rigOf();
    const producer = await producerOf(rig);
    const records: ProducedRecord[] = [
      { key: null, value: null, timestamp: 2_000, headers: {} },
      { key: Buffer.from('ключ'), value: Buffer.alloc(0), timestamp: 1_000, headers: { stack: 'x'.repeat(300_000) } },
      { key: Buffer.from('k'), value: Buffer.from('v'), timestamp: 3_000, headers: { many: ['a', Buffer.from('b')] } },
    ];
    await producer.commit({ ...unitOf(rig, 1), sends: [{ topic: rig.topics.out, partition: 0, records }] });
    const found = await rig.read(rig.topics.out, 0, 3);
    expect(found.map(({ key, value, timestamp }) => ({ key, value, timestamp }))).toEqual(
      records.map(({ key, value, timestamp }) => ({ key, value, timestamp })),
    );
    expect(found.map(({ headers }) => headers)).toEqual([
      {},
      { stack: Buffer.from('x'.repeat(300_000)) },
      { many: [Buffer.from('a'), Buffer.from('b')] },
    ]);
  });

  it('that fails shows nothing, also not its offsets, once a new producer has taken over', async () => {
    const rig = await rigOf();
    const producer = await producerOf(rig);
    const unit = unitOf(rig, 9, 1, 2);
    // Larger than any broker takes.
    const refused = { ...record('a', 3), value: Buffer.alloc(2_000_000) };
    const sends = [...unit.sends, { topic: rig.topics.dead, partition: 0, records: [refused] }];
    await expect(producer.commit({ ...unit, sends })).rejects.toThrow(CommitFailedError);
    await expect(producer.commit(unit)).rejects.toThrow(CommitFailedError);
    await producer.close();
    const next = await producerOf(rig);
    await next.commit(unitOf(rig, 1, 7));
    expect(await textsOf(rig, 1)).toEqual(['7']);
    expect((await committedOf(rig))?.offset).toBe(1);
  });

  it('fails where a topic does not exist', async () => {
    const rig = await rigOf();
    const producer = await producerOf(rig);
    const nowhere = { topic: `${rig.id}-nowhere`, partition: 0, records: [record('a', 3)] };
    const failing = producer.commit({ ...unitOf(rig, 9), sends: [sendOf(rig, 1), nowhere] });
    await expect(failing).rejects.toMatchObject({ facts: { type: 'UNKNOWN_TOPIC_OR_PARTITION' } });
  });
});

describe('a newer producer of the same id', () => {
  it('fences the older, whose next commit says so and shows nothing', async () => {
    const rig = await rigOf();
    const older = await producerOf(rig);
    await older.commit(unitOf(rig, 1, 1));
    const newer = await producerOf(rig);
    await expect(older.commit(unitOf(rig, 2, 2))).rejects.toThrow(ProducerFencedError);
    await newer.commit(unitOf(rig, 3, 3));
    expect(await textsOf(rig, 2)).toEqual(['1', '3']);
    expect((await committedOf(rig))?.offset).toBe(3);
  });

  it('fences the older also where that commits offsets alone', async () => {
    const rig = await rigOf();
    const older = await producerOf(rig);
    await producerOf(rig);
    await expect(older.commit(unitOf(rig, 2))).rejects.toThrow(ProducerFencedError);
    expect(await committedOf(rig)).toBe(undefined);
  });

  it('settles the transaction that the older has open before it is ready', async () => {
    const rig = await rigOf();
    const transaction = await openTransaction(rig, 'task-0');
    await transaction.send({ topic: rig.topics.out, messages: [{ value: 'open', partition: 0 }] });
    const newer = await producerOf(rig);
    // The marker of the abort is there: everything below the end can be read.
    expect(await rig.admin.offsets({ topic: rig.topics.out, partition: 0 })).toEqual({ low: 0, high: 2 });
    expect(await textsOf(rig, 0)).toEqual([]);
    await newer.commit(unitOf(rig, 1, 1));
    expect(await textsOf(rig, 1)).toEqual(['1']);
    await expect(transaction.commit()).rejects.toThrow();
  });
});

/** Of kafkajs' own producer, which can leave it open. */
async function openTransaction(rig: KafkaRig, id: string): Promise<Transaction> {
  const transactionalId = `${rig.id}-${id}`;
  const producer = kafkaOf(rig).producer({ transactionalId, maxInFlightRequests: 1, idempotent: true });
  onTestFinished(() => producer.disconnect());
  await producer.connect();
  return producer.transaction();
}

/** A member of the group; resolves when it has joined. The group's first generation is 1. */
async function memberOf(rig: KafkaRig): Promise<{ consumer: Consumer; memberId: string }> {
  const consumer = kafkaOf(rig).consumer({
    groupId: `${rig.id}-group`,
    heartbeatInterval: 100,
    maxWaitTimeInMs: 100,
    sessionTimeout: 6_000,
    rebalanceTimeout: 6_000,
  });
  onTestFinished(() => consumer.disconnect());
  await consumer.connect();
  await consumer.subscribe({ topics: [rig.topics.in] });
  const { memberId } = (await afterwards(consumer, () => consumer.run({ eachMessage: () => Promise.resolve() })))
    .payload;
  return { consumer, memberId };
}

function afterwards(consumer: Consumer, act: () => Promise<unknown>) {
  const { promise, resolve, reject } = Promise.withResolvers<{ payload: { memberId: string } }>();
  const off = consumer.on(consumer.events.GROUP_JOIN, (event) => {
    off();
    resolve(event);
  });
  act().catch(reject);
  return promise;
}

describe('the offsets of a member', () => {
  it('are taken in its generation, and refused once the group has been formed anew', async () => {
    const rig = await rigOf();
    const { consumer, memberId } = await memberOf(rig);
    const membership = { groupId: `${rig.id}-group`, memberId, generationId: 1 };
    const producer = await producerOf(rig);
    await producer.commit({ ...unitOf(rig, 1, 1), membership });

    await afterwards(consumer, () => memberOf(rig));
    const refused = producer.commit({ ...unitOf(rig, 2, 2), membership });
    await expect(refused).rejects.toThrow(MembershipLostError);
    await expect(refused).rejects.toMatchObject({
      facts: { type: 'ILLEGAL_GENERATION', group_id: membership.groupId, member_id: memberId, generation_id: 1 },
    });
    await producer.close();

    // It has given the transaction up itself: nobody waits for it.
    const { topic, partition } = sendOf(rig);
    await until('it is aborted', async () => (await rig.admin.offsets({ topic, partition })).high === 4, 5_000);
    const next = await producerOf(rig);
    await next.commit({ ...unitOf(rig, 3, 3), membership: { ...membership, generationId: 2 } });
    expect(await textsOf(rig, 2)).toEqual(['1', '3']);
    expect((await committedOf(rig))?.offset).toBe(3);
  });

  it('are refused of whom the group does not know, also where they are all that there is', async () => {
    const rig = await rigOf();
    await memberOf(rig);
    const membership = { groupId: `${rig.id}-group`, memberId: 'somebody', generationId: 1 };
    for (const unit of [unitOf(rig, 2), unitOf(rig, 2, 2)]) {
      const producer = await producerOf(rig);
      await expect(producer.commit({ ...unit, membership })).rejects.toMatchObject({
        code: 'MEMBERSHIP_LOST',
        facts: { type: 'UNKNOWN_MEMBER_ID' },
      });
    }
    expect(await committedOf(rig)).toBe(undefined);
    expect(await textsOf(rig, 0)).toEqual([]);
  });
});

describe('while a transaction is open', () => {
  const isStillWaiting = async (promise: Promise<unknown>): Promise<boolean> =>
    Promise.race([promise.then(() => false), new Promise<true>((resolve) => setTimeout(resolve, 300, true))]);

  it.each([
    ['commit', 5],
    ['abort', 1],
  ] as const)('the committed offset is told after its %s', async (outcome, expected) => {
    const rig = await rigOf();
    await (await producerOf(rig)).commit(unitOf(rig, 1));
    const transaction = await openTransaction(rig, 'other');
    await transaction.sendOffsets({
      consumerGroupId: `${rig.id}-group`,
      topics: [{ topic: rig.topics.in, partitions: [{ partition: 0, offset: '5' }] }],
    });
    const told = committedOf(rig);
    expect(await isStillWaiting(told)).toBe(true);
    await transaction[outcome]();
    expect((await told)?.offset).toBe(expected);
  });

  it('nobody who is closed waits for it', async () => {
    const rig = await rigOf();
    const transaction = await openTransaction(rig, 'other');
    await transaction.sendOffsets({
      consumerGroupId: `${rig.id}-group`,
      topics: [{ topic: rig.topics.in, partitions: [{ partition: 0, offset: '5' }] }],
    });
    const admin = rig.supplier.admin();
    await admin.connect();
    const told = admin.committedOffset(`${rig.id}-group`, { topic: rig.topics.in, partition: 0 });
    expect(await isStillWaiting(told)).toBe(true);
    await admin.close();
    await expect(told).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    await transaction.abort();
  });

  it('its records count for the end of the partition, not for what may be read', async () => {
    const rig = await rigOf();
    await (await producerOf(rig)).commit(unitOf(rig, 1, 1));
    const transaction = await openTransaction(rig, 'other');
    const { topic, partition } = sendOf(rig);
    await transaction.send({ topic, messages: [1, 2, 3].map((value) => ({ value: String(value), partition })) });
    expect(await rig.admin.endOffset({ topic, partition })).toBe(5);
    expect(await rig.admin.offsets({ topic, partition })).toEqual({ low: 0, high: 2 });
    await transaction.commit();
    await until('it is over', async () => (await rig.admin.offsets({ topic, partition })).high === 6, 5_000);
    expect(await rig.admin.endOffset({ topic, partition })).toBe(6);
  });

  it('a partition that does not exist has no end', async () => {
    const rig = await rigOf();
    await expect(rig.admin.endOffset({ topic: rig.topics.in, partition: 9 })).rejects.toMatchObject({
      code: 'DEPENDENCY_UNAVAILABLE',
    });
  });
});
