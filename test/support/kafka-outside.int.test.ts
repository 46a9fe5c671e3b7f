import { randomUUID } from 'node:crypto';
import { Kafka, logLevel, type Producer } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installServers } from '../../src/ops/dev/install.ts';
import { kafkaLibraries } from '../../src/ops/dev/kafka.ts';
import { type OutsideKafka, outsideKafka } from './kafka-outside.ts';
import { sharedServers } from './servers.ts';

describe('Kafka read from outside', () => {
  const topic = `outside-${randomUUID()}`;
  let outside: OutsideKafka;
  let producer: Producer;

  beforeAll(async () => {
    const { brokers } = sharedServers();
    const { kafka: software } = await installServers({ kinds: ['kafka'] });
    outside = outsideKafka(`${kafkaLibraries(software)}/*`, brokers, 3_000);
    const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic, numPartitions: 2 }], waitForLeaders: true });
    await admin.disconnect();
    producer = kafka.producer({ transactionalId: topic, idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
  });
  afterAll(() => producer.disconnect());

  const send = async (key: string, value: Buffer, partition: number) => {
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [{ key, value, partition }] });
    return transaction;
  };

  test('an empty topic is empty', async () => {
    expect(await outside.read(topic)).toEqual([]);
  });

  test('shows what was committed, byte for byte, and not what was aborted', async () => {
    await (await send('one', Buffer.from([0, 10, 13, 255]), 0)).commit();
    await (await send('two', Buffer.from('aborted'), 0)).abort();
    await (await send('line\nbreak', Buffer.from([0, 0, 0, 7]), 1)).commit();
    const records = [...(await outside.read(topic))].sort((one, other) => one.partition - other.partition);
    expect(records).toEqual([
      { partition: 0, offset: 0, key: 'one', value: Buffer.from([0, 10, 13, 255]) },
      { partition: 1, offset: 0, key: 'line\nbreak', value: Buffer.from([0, 0, 0, 7]) },
    ]);
    expect((await outside.committed()).filter((one) => one.topic === topic)).toEqual([]);
  });

  test('reads several topics side by side, each by itself', async () => {
    const other = `${topic}-other`;
    const admin = new Kafka({ brokers: [...sharedServers().brokers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: other, numPartitions: 1 }], waitForLeaders: true });
    await admin.disconnect();
    const [first = [], second] = await outside.readAll([topic, other]);
    expect(first.map(({ key }) => key).sort()).toEqual(['line\nbreak', 'one']);
    expect(second).toEqual([]);
  });

  test('does not take a topic with an open transaction for read', async () => {
    const open = await send('three', Buffer.from('open'), 0);
    await expect(outside.read(topic)).rejects.toThrow('was not read to its end');
    await open.abort();
  });
});
