import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createKafka } from '../../../src/adapters/kafka/index.ts';
import { silentLogger } from '../../../src/common/logger.ts';
import type { FetchedChunk, TopicPartition } from '../../../src/streams/ports.ts';
import { type KafkaRig, kafkaRig, record } from '../../streams/kafka-rig.ts';
import { sharedServers } from '../../support/servers.ts';
import { until } from '../../support/until.ts';

const rigOf = () => kafkaRig(onTestFinished, { partitions: 1 });

const consumerOf = (rig: KafkaRig, onAssigned: (partitions: readonly TopicPartition[]) => void = () => undefined) => {
  const chunks: FetchedChunk[] = [];
  const crashes: { readonly message: string; readonly restarts: boolean }[] = [];
  const beats = { fetches: 0, heartbeats: 0 };
  const consumer = rig.supplier.consumer({
    groupId: `${rig.id}-group`,
    topics: [rig.topics.in],
    ...{ sessionTimeoutMs: 6_000, rebalanceTimeoutMs: 10_000, maxWaitMs: 50 },
    listener: {
      onAssigned,
      onFetched: (chunk) => {
        chunks.push(chunk);
      },
      onFetch: () => {
        beats.fetches += 1;
      },
      onHeartbeat: () => {
        beats.heartbeats += 1;
      },
      onCrash: (error, restarts) => {
        crashes.push({ message: error.message, restarts });
      },
    },
  });
  onTestFinished(() => consumer.stop());
  return { consumer, chunks, crashes, beats };
};

describe('a consumer', () => {
  it('takes seek, pause and resume at any time: before it has joined, and after it has stopped', async () => {
    const rig = await rigOf();
    const { consumer } = consumerOf(rig);
    const partition = { topic: rig.topics.in, partition: 0 };
    const touch = (): void => {
      consumer.seek(partition, 0);
      consumer.pause([partition]);
      consumer.resume([partition]);
    };
    touch();
    await consumer.start();
    touch();
    await consumer.stop();
    touch();
  });

  it('hands over nothing of what is paused when it is assigned, and beats on', async () => {
    const rig = await rigOf();
    await rig.send(rig.topics.in, 0, [record('a', 1), record('a', 2)]);
    const { consumer, chunks, beats } = consumerOf(rig, (partitions) => {
      consumer.pause(partitions);
    });
    await consumer.start();
    await until('it has beaten', () => beats.heartbeats > 1 && beats.fetches > 5, 10_000);
    expect(chunks).toEqual([]);
    consumer.seek({ topic: rig.topics.in, partition: 0 }, 1);
    consumer.resume([{ topic: rig.topics.in, partition: 0 }]);
    await until('something comes', () => chunks.length > 0, 10_000);
    expect(chunks.map(({ from, next, records }) => [from, next, records.map(({ value }) => String(value))])).toEqual([
      [1, 2, ['2']],
    ]);
    expect(chunks[0]).toMatchObject({ highWatermark: 2 });
  });

  it('tells of stretches that hold only markers and aborted records', async () => {
    const rig = await rigOf();
    const kafka = createKafka({ brokers: sharedServers().brokers, clientId: rig.id, logger: silentLogger });
    const producer = kafka.producer({ transactionalId: rig.id, maxInFlightRequests: 1, idempotent: true });
    await producer.connect();
    onTestFinished(() => producer.disconnect());
    const transaction = await producer.transaction();
    await transaction.send({ topic: rig.topics.in, messages: [{ key: 'a', value: 'aborted', partition: 0 }] });
    await transaction.abort();
    const { consumer, chunks } = consumerOf(rig);
    await consumer.start();
    await until('it is told', () => chunks.some(({ next }) => next === 2), 10_000);
    expect(chunks.flatMap(({ records }) => records)).toEqual([]);
    expect(chunks[0]?.from).toBe(0);
  });

  it('that is stopped while it joins ends its start', async () => {
    const rig = await rigOf();
    const { consumer, crashes } = consumerOf(rig);
    const starting = consumer.start().then(
      () => 'joined',
      () => 'ended',
    );
    await sleep(30);
    await consumer.stop();
    expect(['joined', 'ended']).toContain(await Promise.race([starting, sleep(15_000).then(() => 'hangs')]));
    expect(crashes.filter(({ restarts }) => restarts)).toEqual([]);
  });

  it('commits offsets with what is kept beside them', async () => {
    const rig = await rigOf();
    const { consumer } = consumerOf(rig);
    await consumer.start();
    await consumer.commit([{ topic: rig.topics.in, partition: 0, offset: 7, metadata: '99' }]);
    expect(await rig.admin.committedOffset(`${rig.id}-group`, { topic: rig.topics.in, partition: 0 })).toEqual({
      topic: rig.topics.in,
      partition: 0,
      offset: 7,
      metadata: '99',
    });
  });

  it('says of a commit that it failed when it is no member', async () => {
    const rig = await rigOf();
    const { consumer } = consumerOf(rig);
    await expect(consumer.commit([{ topic: rig.topics.in, partition: 0, offset: 1 }])).rejects.toMatchObject({
      code: 'COMMIT_FAILED',
      retryable: true,
    });
  });
});
