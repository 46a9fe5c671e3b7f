import { describe, expect, it, onTestFinished } from 'vitest';
import { createKafka } from '../../../src/adapters/kafka/index.ts';
import { silentLogger } from '../../../src/common/logger.ts';
import { CommitFailedError, ProducerFencedError } from '../../../src/streams/index.ts';
import type { TransactionalProducer } from '../../../src/streams/ports.ts';
import { type KafkaRig, kafkaRig, record } from '../../streams/kafka-rig.ts';
import { sharedServers } from '../../support/servers.ts';
import { until } from '../../support/until.ts';

const rigOf = () => kafkaRig(onTestFinished, { partitions: 1 });

const producerOf = async (rig: KafkaRig, id = 'task-0'): Promise<TransactionalProducer> => {
  const producer = rig.supplier.transactionalProducer({
    transactionalId: `${rig.id}-${id}`,
    transactionTimeoutMs: 10_000,
  });
  onTestFinished(() => producer.close());
  await producer.init();
  return producer;
};

const unitOf = (rig: KafkaRig, offset: number, ...values: number[]) => ({
  groupId: `${rig.id}-group`,
  offsets: [{ topic: rig.topics.in, partition: 0, offset, metadata: '1234' }],
  sends:
    values.length === 0
      ? []
      : [{ topic: rig.topics.out, partition: 0, records: values.map((value) => record('a', value)) }],
});

const textsOf = async (rig: KafkaRig, wanted: number): Promise<string[]> =>
  (await rig.read(rig.topics.out, 0, wanted)).map(({ value }) => String(value));

/** The answer to a commit comes before its markers are written, also that of the offsets. */
const committedOf = async (rig: KafkaRig, wanted: number) => {
  const ask = () => rig.admin.committedOffset(`${rig.id}-group`, { topic: rig.topics.in, partition: 0 });
  await until(`offset ${String(wanted)} is committed`, async () => (await ask())?.offset === wanted, 5_000);
  return ask();
};

describe('a transaction', () => {
  it('makes records and offsets visible, and tells where each partition is behind it', async () => {
    const rig = await rigOf();
    const producer = await producerOf(rig);
    expect(await producer.commit(unitOf(rig, 5, 1, 2))).toEqual([{ topic: rig.topics.out, partition: 0, offset: 3 }]);
    expect(await producer.commit(unitOf(rig, 6, 3))).toEqual([{ topic: rig.topics.out, partition: 0, offset: 5 }]);
    expect(await textsOf(rig, 3)).toEqual(['1', '2', '3']);
    expect(await committedOf(rig, 6)).toEqual({ topic: rig.topics.in, partition: 0, offset: 6, metadata: '1234' });
    expect(await rig.admin.offsets({ topic: rig.topics.out, partition: 0 })).toEqual({ low: 0, high: 5 });
  });

  it('may hold offsets alone, right behind another', async () => {
    const rig = await rigOf();
    const producer = await producerOf(rig);
    for (let offset = 1; offset <= 30; offset += 1) await producer.commit(unitOf(rig, offset));
    expect((await committedOf(rig, 30))?.offset).toBe(30);
  });

  it('holds more than one request takes, in order', async () => {
    const rig = await rigOf();
    const producer = await producerOf(rig);
    const values = Array.from({ length: 3_000 }, (_, index) => index);
    const padded = values.map((value) => ({ ...record('a', value), headers: { padding: 'x'.repeat(1_000) } }));
    const unit = { ...unitOf(rig, 1), sends: [{ topic: rig.topics.out, partition: 0, records: padded }] };
    expect(await producer.commit(unit)).toEqual([{ topic: rig.topics.out, partition: 0, offset: 3_001 }]);
    expect(await textsOf(rig, values.length)).toEqual(values.map(String));
  });

  it('that fails shows nothing, also not its offsets, once a new producer has taken over', async () => {
    const rig = await rigOf();
    const producer = await producerOf(rig);
    const unit = unitOf(rig, 9, 1, 2);
    const nowhere = { topic: `${rig.id}-nowhere`, partition: 0, records: [record('a', 3)] };
    await expect(producer.commit({ ...unit, sends: [...unit.sends, nowhere] })).rejects.toThrow(CommitFailedError);
    await producer.close();
    const next = await producerOf(rig);
    await next.commit(unitOf(rig, 1, 7));
    expect(await textsOf(rig, 1)).toEqual(['7']);
    expect((await committedOf(rig, 1))?.offset).toBe(1);
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
    expect((await committedOf(rig, 3))?.offset).toBe(3);
  });

  it('settles the transaction that the older has open before it is ready', async () => {
    const rig = await rigOf();
    const kafka = createKafka({ brokers: sharedServers().brokers, clientId: rig.id, logger: silentLogger });
    const open = kafka.producer({ transactionalId: `${rig.id}-task-0`, maxInFlightRequests: 1, idempotent: true });
    onTestFinished(() => open.disconnect());
    await open.connect();
    const transaction = await open.transaction();
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
