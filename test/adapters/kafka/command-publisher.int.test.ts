import type { Consumer, Kafka } from 'kafkajs';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  type CommandPublisherOptions,
  createCommandPublisher,
  createKafka,
  type KafkaCommandPublisher,
} from '../../../src/adapters/kafka/index.ts';
import { silentLogger } from '../../../src/common/logger.ts';
import type { IngestCommand } from '../../../src/contracts/index.ts';
import { installServers } from '../../../src/ops/dev/install.ts';
import { kafkaLibraries } from '../../../src/ops/dev/kafka.ts';
import { outsideKafka } from '../../support/kafka-outside.ts';
import { sharedServers, startPrivateServers } from '../../support/servers.ts';
import { until } from '../../support/until.ts';

/** Where a Java client puts each of these merchants in a topic of four partitions. */
const merchants = {
  '0d5a1a63-7a0c-4a57-8d3b-0c8a4c1e7b22': 0,
  'a9f1c2d3-0000-4000-8000-000000000005': 1,
  '6f1f64b4-3c5f-4c0e-9b52-1f6b8f0c2a11': 2,
  '11111111-1111-1111-1111-111111111111': 3,
} as const;
const merchantIds = Object.keys(merchants) as (keyof typeof merchants)[];

const command = (number: number): IngestCommand => ({
  event_id: `event-${number}`,
  merchant_id: merchantIds[number % 4]!,
  customer_id: 'customer',
  correlation_id: `correlation-${number}`,
  schema_version: '1.0.0',
  occurred_at: 0,
  locale: 'en',
  delivery_id: null,
  command: {
    'points.OrderCreated': {
      order_id: String(number),
      amount_minor: 100,
      currency: 'USD',
      financial_status: null,
      source_name: null,
    },
  },
});

/** Of now: a broker soon deletes what its time stamp says is older than the topic keeps. */
const receivedAtMs = Date.now();
const kafkaOf = (brokers: readonly string[]): Kafka =>
  createKafka({ brokers, clientId: 'publisher-test', logger: silentLogger });

const createTopic = async (kafka: Kafka): Promise<string> => {
  const topic = `publisher-${crypto.randomUUID()}`;
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 4 }], waitForLeaders: true });
  await admin.disconnect();
  return topic;
};

const publisherFor = (options: Pick<CommandPublisherOptions, 'kafka' | 'topic'> & Partial<CommandPublisherOptions>) => {
  const publisher = createCommandPublisher({
    encode: ({ event_id }) => Buffer.from(event_id),
    logger: silentLogger,
    clock: { now: () => receivedAtMs },
    ...options,
  });
  onTestFinished(() => publisher.close());
  return publisher;
};

interface Stored {
  readonly partition: number;
  readonly key: string;
  readonly value: string;
  readonly timestamp: string;
  readonly correlationId: string;
  readonly schemaVersion: string;
  readonly traceparent?: string;
}

/** Reads a topic from its beginning until so many different values have come. */
const readAll = async (kafka: Kafka, topic: string, count: number): Promise<readonly Stored[]> => {
  const consumer: Consumer = kafka.consumer({ groupId: `read-${topic}-${crypto.randomUUID()}` });
  onTestFinished(() => consumer.disconnect());
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const stored: Stored[] = [];
  await consumer.run({
    eachMessage: async ({ partition, message: { key, value, timestamp, headers } }) => {
      const [correlationId, schemaVersion] = [String(headers?.['correlation_id']), String(headers?.['schema_version'])];
      const traceparent = headers?.['traceparent']?.toString();
      stored.push({
        ...{ partition, key: String(key), value: String(value), timestamp, correlationId, schemaVersion },
        ...(traceparent !== undefined && { traceparent }),
      });
    },
  });
  await until(`${count} values were read`, () => new Set(stored.map(({ value }) => value)).size >= count, 20_000);
  return stored;
};

const outcomes = async (publishing: readonly Promise<unknown>[]): Promise<readonly string[]> =>
  (await Promise.allSettled(publishing)).map((outcome) =>
    outcome.status === 'fulfilled' ? 'stored' : String((outcome.reason as { code?: string }).code),
  );

describe('the command publisher', () => {
  let kafka: Kafka;
  let topic: string;
  beforeAll(async () => {
    kafka = kafkaOf(sharedServers().brokers);
    topic = await createTopic(kafka);
  });

  it('stores 2,000 concurrent commands once each, in the partition a Java client would choose, in order', async () => {
    const publisher = publisherFor({ kafka, topic });
    await publisher.connect();
    await Promise.all(Array.from({ length: 2_000 }, (_, number) => publisher.publish(command(number))));

    const stored = await readAll(kafka, topic, 2_000);
    const byPartition = (partition: number) => stored.filter((record) => record.partition === partition);
    for (const [remainder, merchantId] of merchantIds.entries()) {
      const numbers = Array.from({ length: 500 }, (_, index) => 4 * index + remainder);
      expect(byPartition(merchants[merchantId])).toStrictEqual(
        numbers.map((number) => ({
          partition: merchants[merchantId],
          key: merchantId,
          value: `event-${number}`,
          timestamp: String(receivedAtMs),
          correlationId: `correlation-${number}`,
          schemaVersion: '1.0.0',
        })),
      );
    }
  });

  it('puts the trace that a command is on into a header, and none where it is on none', async () => {
    const own = await createTopic(kafka);
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const traces = [traceparent, undefined];
    const publisher = publisherFor({ kafka, topic: own, traceparent: () => traces.shift() });
    await publisher.publish(command(0));
    await publisher.publish(command(4));
    const stored = await readAll(kafka, own, 2);
    expect(stored.map(({ value, traceparent: held }) => [value, held])).toEqual([
      ['event-0', traceparent],
      ['event-4', undefined],
    ]);
  });

  it('finds the topic by itself', async () => {
    const publisher = publisherFor({ kafka, topic });
    expect(await outcomes([publisher.publish(command(1))])).toStrictEqual(['stored']);
    expect(await publisher.isHealthy()).toBe(true);
  });

  it('refuses at once when too many are under way, and takes more when they are done', async () => {
    const publisher = publisherFor({ kafka, topic, maxPending: 2 });
    const publishing = [1, 2, 3].map((number) => publisher.publish(command(number)));
    expect(await outcomes(publishing)).toStrictEqual(['stored', 'stored', 'DEPENDENCY_UNAVAILABLE']);
    expect(await outcomes([publisher.publish(command(4))])).toStrictEqual(['stored']);
  });

  it('rejects with what the encoder throws, and goes on', async () => {
    const fault = new TypeError('does not fit the schema');
    let broken = true;
    const encode = () => {
      if (broken) throw fault;
      return Buffer.from('whole');
    };
    const publisher = publisherFor({ kafka, topic, encode });
    await expect(publisher.publish(command(1))).rejects.toBe(fault);
    broken = false;
    expect(await outcomes([publisher.publish(command(2))])).toStrictEqual(['stored']);
  });

  it('finishes what is under way before it closes, and takes nothing afterwards', async () => {
    const publisher = publisherFor({ kafka, topic });
    const publishing = [publisher.publish(command(1)), publisher.publish(command(2))];
    await publisher.close();
    expect(await outcomes(publishing)).toStrictEqual(['stored', 'stored']);
    expect(await outcomes([publisher.publish(command(3))])).toStrictEqual(['DEPENDENCY_UNAVAILABLE']);
  });

  it('says that Kafka is away where nobody listens, within the deadline', async () => {
    const nowhere = publisherFor({ kafka: kafkaOf(['127.0.0.1:1']), topic, deadlineMs: 500 });
    const startedAt = performance.now();
    expect(await outcomes([nowhere.publish(command(1))])).toStrictEqual(['DEPENDENCY_UNAVAILABLE']);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(await nowhere.isHealthy()).toBe(false);
  });

  it('says that Kafka is away where the topic is missing', async () => {
    const publisher = publisherFor({ kafka, topic: 'no-such-topic', deadlineMs: 500 });
    expect(await outcomes([publisher.publish(command(1))])).toStrictEqual(['DEPENDENCY_UNAVAILABLE']);
  });
});

describe('the command publisher over the death of its broker', { timeout: 180_000 }, () => {
  const stopping = async (stop: 'SIGKILL' | 'SIGSTOP') => {
    const { addresses, handles } = await startPrivateServers(onTestFinished, { roles: ['kafka'] });
    const kafka = kafkaOf(addresses.brokers);
    const topic = await createTopic(kafka);
    const publisher: KafkaCommandPublisher = publisherFor({ kafka, topic, deadlineMs: 1_500, sendTimeoutMs: 700 });
    expect(await outcomes([0, 1, 2, 3].map((number) => publisher.publish(command(number))))).toStrictEqual(
      Array.from({ length: 4 }, () => 'stored'),
    );

    const broker = handles.kafka![0]!;
    broker.kill(stop);
    if (stop === 'SIGKILL') await broker.exited;
    const startedAt = performance.now();
    expect(await outcomes([4, 5, 6, 7].map((number) => publisher.publish(command(number))))).toStrictEqual(
      Array.from({ length: 4 }, () => 'DEPENDENCY_UNAVAILABLE'),
    );
    expect(performance.now() - startedAt).toBeLessThan(3_500);
    expect(await publisher.isHealthy()).toBe(false);

    if (stop === 'SIGKILL') await broker.restart();
    else broker.kill('SIGCONT');
    await until('the publisher is healthy', () => publisher.isHealthy(), 45_000);
    await until(
      'the publisher stores again',
      async () => (await outcomes([publisher.publish(command(8))]))[0] === 'stored',
      20_000,
    );
    const after = Array.from({ length: 100 }, (_, index) => publisher.publish(command(100 + index)));
    expect(new Set(await outcomes(after))).toStrictEqual(new Set(['stored']));

    // Not with kafkajs, whose consumer may give up for good while a broker that has just started loads its groups.
    const { kafka: software } = await installServers({ kinds: ['kafka'] });
    const stored = await outsideKafka(`${kafkaLibraries(software)}/*`, addresses.brokers).read(topic);
    const values = new Set(stored.map(({ value }) => value.toString()));
    const acknowledged = [0, 1, 2, 3, 8, ...Array.from({ length: 100 }, (_, index) => 100 + index)];
    expect(acknowledged.filter((number) => !values.has(`event-${number}`))).toStrictEqual([]);
  };

  it('killed: refuses within the deadline, and works again by itself after the restart', () => stopping('SIGKILL'));
  it('frozen: refuses within the deadline, and works again by itself when it thaws', () => stopping('SIGSTOP'));
});
