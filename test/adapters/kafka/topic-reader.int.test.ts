import { describe, expect, it, onTestFinished } from 'vitest';
import { createKafka, kafkajsClientSupplier } from '../../../src/adapters/kafka/index.ts';
import { silentLogger } from '../../../src/common/logger.ts';
import type { FetchedChunk, KafkaClientSupplier, PartitionOffset } from '../../../src/streams/ports.ts';
import { BadError } from '../../streams/harness.ts';
import { type KafkaRig, kafkaRig, record } from '../../streams/kafka-rig.ts';
import { sharedServers, startPrivateServers } from '../../support/servers.ts';
import { until } from '../../support/until.ts';

const rigOf = () => kafkaRig(onTestFinished, { partitions: 3 });
const kafkaOf = (rig: KafkaRig) =>
  createKafka({ brokers: sharedServers().brokers, clientId: rig.id, logger: silentLogger });

const texts = (chunks: readonly FetchedChunk[], partition = 0): readonly string[] =>
  chunks.flatMap(({ records }) =>
    records.filter((each) => each.partition === partition).map(({ value }) => String(value)),
  );

const readerOf = (
  supplier: KafkaClientSupplier,
  positions: readonly PartitionOffset[],
  take: (chunk: FetchedChunk) => Promise<void> = () => Promise.resolve(),
) => {
  const chunks: FetchedChunk[] = [];
  const crashes: { readonly error: Error; readonly restarts: boolean }[] = [];
  const reader = supplier.topicReader({
    positions,
    onFetched: async (chunk) => {
      chunks.push(chunk);
      await take(chunk);
    },
    onCrash: (error, restarts) => void crashes.push({ error, restarts }),
  });
  onTestFinished(() => reader.stop());
  return { reader, chunks, crashes };
};

/** Each chunk of a partition begins where the one before ended. */
const expectNoHole = (chunks: readonly FetchedChunk[], partition: number, from: number): void => {
  let position = from;
  for (const chunk of chunks.filter((each) => each.partition.partition === partition)) {
    expect(chunk.from).toBe(position);
    position = chunk.next;
  }
};

describe('a topic reader', () => {
  it('follows each partition from its position, and goes on with what comes later', async () => {
    const rig = await rigOf();
    const topic = rig.topics.in;
    for (const partition of [0, 1, 2]) {
      await rig.send(topic, partition, [record('a', 1), record('a', 2), record('a', 3)]);
    }
    const { reader, chunks, crashes } = readerOf(rig.supplier, [
      { topic, partition: 0, offset: 0 },
      { topic, partition: 2, offset: 2 },
    ]);
    await reader.start();
    await until('what is there was read', () => texts(chunks, 2).length === 1 && texts(chunks).length === 3, 10_000);
    await rig.send(topic, 0, [record('a', 4)]);
    await rig.send(topic, 1, [record('a', 4)]);
    await until('what came later was read', () => texts(chunks).length === 4, 10_000);
    expect([texts(chunks, 0), texts(chunks, 1), texts(chunks, 2)]).toEqual([['1', '2', '3', '4'], [], ['3']]);
    expectNoHole(chunks, 0, 0);
    expectNoHole(chunks, 2, 2);
    expect(chunks.at(-1)).toMatchObject({ next: 4, highWatermark: 4 });
    expect(crashes).toEqual([]);
  });

  it('tells how far it is over markers and aborted records, which it shows to nobody', async () => {
    const rig = await rigOf();
    const topic = rig.topics.in;
    const producer = kafkaOf(rig).producer({ transactionalId: rig.id, maxInFlightRequests: 1, idempotent: true });
    await producer.connect();
    onTestFinished(() => producer.disconnect());
    const { reader, chunks } = readerOf(rig.supplier, [{ topic, partition: 0, offset: 0 }]);
    await reader.start();
    for (const outcome of ['abort', 'commit', 'abort', 'abort'] as const) {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: [{ key: 'a', value: outcome, partition: 0 }] });
      await transaction[outcome]();
    }
    await until('the last marker was passed', () => chunks.at(-1)?.next === 8, 10_000);
    expect(texts(chunks)).toEqual(['commit']);
    expectNoHole(chunks, 0, 0);
  });

  it('hands over nothing more of a partition until what it handed over is taken in, and goes on with others', async () => {
    const rig = await rigOf();
    const topic = rig.topics.in;
    const taken = Promise.withResolvers<undefined>();
    const { reader, chunks } = readerOf(
      rig.supplier,
      [0, 1].map((partition) => ({ topic, partition, offset: 0 })),
      async ({ partition: { partition } }) => {
        if (partition === 0) await taken.promise;
      },
    );
    await rig.send(topic, 0, [record('a', 1)]);
    await reader.start();
    await until('the first is handed over', () => texts(chunks).length === 1, 10_000);
    await rig.send(topic, 0, [record('a', 2)]);
    await rig.send(topic, 1, [record('a', 1)]);
    await rig.send(topic, 1, [record('a', 2)]);
    await until('the other partition was read', () => texts(chunks, 1).length === 2, 10_000);
    expect(texts(chunks)).toEqual(['1']);
    taken.resolve(undefined);
    await until('the second is handed over', () => texts(chunks).length === 2, 10_000);
    expectNoHole(chunks, 0, 0);
  });

  it('stops for good, and says so once, where what it hands over is not taken', async () => {
    const rig = await rigOf();
    const topic = rig.topics.in;
    for (let index = 0; index < 3; index += 1) await rig.send(topic, 0, [record('a', index)]);
    const { reader, chunks, crashes } = readerOf(rig.supplier, [{ topic, partition: 0, offset: 0 }], () =>
      Promise.reject(new BadError('The disk is full')),
    );
    await reader.start();
    await until('it crashed', () => crashes.length > 0, 10_000);
    await reader.stop();
    expect(chunks).toHaveLength(1);
    expect(crashes.map(({ error, restarts }) => [error.message, restarts])).toEqual([['The disk is full', false]]);
  });

  it('passes over what was deleted before it was read', async () => {
    const rig = await rigOf();
    const topic = rig.topics.in;
    await rig.send(topic, 0, [record('a', 0), record('a', 1), record('a', 2)]);
    await rig.admin.deleteRecords([{ topic, partition: 0, offset: 2 }]);
    const { reader, chunks, crashes } = readerOf(rig.supplier, [{ topic, partition: 0, offset: 0 }]);
    await reader.start();
    await until('what is left was read', () => texts(chunks).length === 1, 10_000);
    expect(chunks.map(({ from, next, records }) => [from, next, records.length])).toEqual([
      [0, 2, 0],
      [2, 3, 1],
    ]);
    expect(crashes).toEqual([]);
  });

  it('stops for good at a position that the partition has never reached: it is not the one that was read before', async () => {
    const rig = await rigOf();
    const topic = rig.topics.in;
    await rig.send(topic, 0, [record('a', 0)]);
    const { reader, chunks, crashes } = readerOf(rig.supplier, [{ topic, partition: 0, offset: 7 }]);
    await reader.start();
    await until('it crashed', () => crashes.length > 0, 10_000);
    expect(crashes.map(({ restarts }) => restarts)).toEqual([false]);
    expect(chunks).toEqual([]);
  });

  it('does not start on a topic that does not exist', async () => {
    const rig = await rigOf();
    const { reader } = readerOf(rig.supplier, [{ topic: `${rig.id}-nowhere`, partition: 0, offset: 0 }]);
    await expect(reader.start()).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
  });

  it.each([0, 1, 5, 20, 60, 200])(
    'leaves nothing behind when it is stopped %i ms after it began: no connection, no group, no call',
    async (afterMs) => {
      const rig = await rigOf();
      const topic = rig.topics.in;
      const admin = kafkaOf(rig).admin();
      await admin.connect();
      onTestFinished(() => admin.disconnect());
      const groups = async () => new Set((await admin.listGroups()).groups.map(({ groupId }) => groupId));
      const sockets = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
      const [groupsBefore, socketsBefore] = [await groups(), sockets()];

      const { reader, chunks, crashes } = readerOf(rig.supplier, [{ topic, partition: 0, offset: 0 }]);
      const starting = reader.start().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      await reader.stop();
      const chunksSeen = chunks.length;
      await starting;
      await rig.send(topic, 0, [record('a', 1)]);
      await until('its connections are closed', () => sockets() <= socketsBefore, 10_000);
      expect(await groups()).toEqual(groupsBefore);
      expect(chunks).toHaveLength(chunksSeen);
      expect(crashes).toEqual([]);
    },
  );
});

describe('a topic reader whose broker is away', () => {
  it('says so once, and goes on where it was when it is back', async () => {
    const servers = await startPrivateServers(onTestFinished, { roles: ['kafka'] });
    const { brokers } = servers.addresses;
    const supplier = kafkajsClientSupplier({
      ...{ brokers, clientId: 'reader-away', logger: silentLogger, replicationFactor: 1 },
    });
    const admin = supplier.admin();
    await admin.connect();
    const topic = 'followed';
    await admin.createTopics([{ name: topic, partitions: 2, config: {} }]);
    await admin.close();
    const send = async (from: number, count: number): Promise<void> => {
      const producer = supplier.producer();
      await producer.connect();
      for (const partition of [0, 1]) {
        const records = Array.from({ length: count }, (_, index) => record('a', from + index, Date.now()));
        await producer.send({ topic, partition, records });
      }
      await producer.close();
    };
    const { reader, chunks, crashes } = readerOf(
      supplier,
      [0, 1].map((partition) => ({ topic, partition, offset: 0 })),
    );
    const isRead = (count: number) => () => [0, 1].every((partition) => texts(chunks, partition).length >= count);
    await send(0, 100);
    await reader.start();
    await until('what was there is read', isRead(100), 10_000);

    const [broker] = servers.handles.kafka ?? [];
    for (const round of [1, 2]) {
      await broker?.stop();
      await until('the outage is told', () => crashes.length === round, 30_000);
      await broker?.restart();
      await send(round * 100, 100);
      await until('what came after the outage is read', isRead(100 + round * 100), 60_000);
    }
    for (const partition of [0, 1]) {
      expect(texts(chunks, partition)).toEqual(Array.from({ length: 300 }, (_, index) => String(index)));
      expectNoHole(chunks, partition, 0);
    }
    expect(crashes.map(({ restarts }) => restarts)).toEqual([true, true]);
  }, 180_000);
});
