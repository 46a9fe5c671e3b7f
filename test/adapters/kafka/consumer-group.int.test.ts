import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { clusterOf } from '../../../src/adapters/kafka/cluster.ts';
import { protocolTypeOf } from '../../../src/adapters/kafka/errors.ts';
import { createKafka } from '../../../src/adapters/kafka/index.ts';
import { leaveFor } from '../../../src/adapters/kafka/leave-for.ts';
import { silentLogger } from '../../../src/common/logger.ts';
import type { ConsumerListener, FetchedChunk, GroupMembership } from '../../../src/streams/ports.ts';
import { type KafkaRig, kafkaRig, record } from '../../streams/kafka-rig.ts';
import { sharedServers } from '../../support/servers.ts';
import { until } from '../../support/until.ts';

const rigOf = () => kafkaRig(onTestFinished, { partitions: 1 });

const kafkaOf = ({ id }: KafkaRig) =>
  createKafka({ brokers: sharedServers().brokers, clientId: id, logger: silentLogger });

const consumerOf = (rig: KafkaRig, listener: Partial<ConsumerListener> = {}) => {
  const chunks: FetchedChunk[] = [];
  const crashes: { readonly message: string; readonly restarts: boolean }[] = [];
  const beats = { fetches: 0, heartbeats: 0 };
  const consumer = rig.supplier.consumer({
    groupId: `${rig.id}-group`,
    topics: [rig.topics.in],
    ...{ sessionTimeoutMs: 6_000, rebalanceTimeoutMs: 10_000, maxWaitMs: 50, gatherMs: 0 },
    listener: {
      onAssigned: () => undefined,
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
      ...listener,
    },
  });
  onTestFinished(() => consumer.stop());
  return { consumer, chunks, crashes, beats };
};

/** A consumer, and what it was told of its group, one after the other. */
const memberOf = (rig: KafkaRig, onRejoining: () => Promise<void> = () => Promise.resolve()) => {
  const told: ('rejoining' | GroupMembership)[] = [];
  const { consumer, beats } = consumerOf(rig, {
    onAssigned: (_partitions, membership) => {
      told.push(membership);
    },
    onRejoining: () => {
      told.push('rejoining');
      return onRejoining();
    },
  });
  const memberships = (): GroupMembership[] => told.filter((each) => each !== 'rejoining');
  return { consumer, beats, told, memberships };
};

/** What the group's coordinator says of a heartbeat in a member's name. */
const heartbeat = async (rig: KafkaRig, { groupId, memberId, generationId }: GroupMembership) => {
  const cluster = clusterOf(kafkaOf(rig));
  onTestFinished(() => cluster.disconnect());
  await cluster.connect();
  const coordinator = (await cluster.findGroupCoordinator({ groupId })) as unknown as {
    heartbeat(member: { groupId: string; memberId: string; groupGenerationId: number }): Promise<unknown>;
  };
  return coordinator.heartbeat({ groupId, memberId, groupGenerationId: generationId }).then(() => 'OK', protocolTypeOf);
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
    const { consumer, chunks, beats } = consumerOf(rig, {
      onAssigned: (partitions) => {
        consumer.pause(partitions);
      },
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
    const producer = kafkaOf(rig).producer({ transactionalId: rig.id, maxInFlightRequests: 1, idempotent: true });
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

describe('a member of a group', () => {
  it('knows the generation that its coordinator knows it in', async () => {
    const rig = await rigOf();
    const { consumer, told, memberships } = memberOf(rig);
    await consumer.start();
    const [membership] = memberships();
    expect(told).toEqual([{ groupId: `${rig.id}-group`, memberId: expect.any(String), generationId: 1 }]);
    expect(await heartbeat(rig, membership!)).toBe('OK');
    expect(await heartbeat(rig, { ...membership!, generationId: 0 })).toBe('ILLEGAL_GENERATION');
    expect(await heartbeat(rig, { ...membership!, generationId: 2 })).toBe('ILLEGAL_GENERATION');
  });

  it('is told before it joins again, and then of the next generation', async () => {
    const rig = await rigOf();
    const first = memberOf(rig);
    const second = memberOf(rig);
    await first.consumer.start();
    await second.consumer.start();
    await until('both are in', () => first.memberships().length > 1, 10_000);
    const { memberId, generationId, groupId } = first.memberships()[0]!;
    expect(first.told).toEqual([
      { groupId, memberId, generationId },
      'rejoining',
      { groupId, memberId, generationId: generationId + 1 },
    ]);
    expect(second.told).toEqual([{ groupId, memberId: expect.any(String), generationId: generationId + 1 }]);
  });

  it('finishes in its generation what takes a while: nobody gets into the group before', async () => {
    const rig = await rigOf();
    const partition = { topic: rig.topics.in, partition: 0 };
    await rig.send(rig.topics.in, 0, [record('a', 1)]);
    let joinedMeanwhile: number | undefined;
    let saidMeanwhile: string | undefined;
    const first = memberOf(rig, async () => {
      await sleep(1_500);
      await first.consumer.commit([{ ...partition, offset: 1 }]);
      joinedMeanwhile = second.memberships().length + first.memberships().length - 1;
      saidMeanwhile = await heartbeat(rig, first.memberships()[0]!);
    });
    const second = memberOf(rig);
    await first.consumer.start();
    await second.consumer.start();
    expect(joinedMeanwhile).toBe(0);
    expect(saidMeanwhile).toBe('REBALANCE_IN_PROGRESS');
    expect(await rig.admin.committedOffset(`${rig.id}-group`, partition)).toMatchObject({ offset: 1 });
    expect(await heartbeat(rig, first.memberships()[0]!)).toBe('ILLEGAL_GENERATION');
  });

  it('joins again although what was to be finished fails', async () => {
    const rig = await rigOf();
    const first = memberOf(rig, () => Promise.reject(new Error('Not finished')));
    const second = memberOf(rig);
    await first.consumer.start();
    await second.consumer.start();
    await until('both are in', () => first.memberships().length > 1, 10_000);
    expect(second.memberships()).toHaveLength(1);
  });

  it('that was taken out comes back as another, with nothing to finish', async () => {
    const rig = await rigOf();
    const { consumer, told, memberships } = memberOf(rig);
    await consumer.start();
    const [before] = memberships();
    expect(await leaveFor(kafkaOf(rig), before!.groupId, before!.memberId)).toBe(true);
    await until('it is back', () => memberships().length > 1, 10_000);
    expect(told).toEqual(memberships());
    expect(memberships()[1]?.memberId).not.toBe(before!.memberId);
    expect(await heartbeat(rig, before!)).toBe('UNKNOWN_MEMBER_ID');
  });
});
