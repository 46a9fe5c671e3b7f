import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, ConsumerRunConfig, Kafka } from 'kafkajs';
import { toError } from '../../common/errors.ts';
import type { ConsumerOptions, PartitionOffset, StreamConsumer, TopicPartition } from '../../streams/ports.ts';
import { CommitFailedError } from '../../streams/ports.ts';
import { chunkOf } from './consumed-record.ts';
import { protocolTypeOf, unavailable } from './errors.ts';
import { gatherFetches } from './gathered-fetches.ts';
import { announceRejoins, type JoinedGroup } from './group-generations.ts';
import { leaveFor } from './leave-for.ts';
import { coPartitionAssigner } from './partition-assigner.ts';

const kafkajsTopics = (partitions: readonly TopicPartition[]): { topic: string; partitions: number[] }[] =>
  partitions.map(({ topic, partition }) => ({ topic, partitions: [partition] }));

/**
 * From a crash to the next try. At once would meet the end of the connections that the crash closes: kafkajs takes it for
 * the end of the new ones.
 */
const rejoinAfterMs = 250;

const leaveWithinMs = 3_000;

/**
 * kafkajs gives up for good where no broker names the group's coordinator: so it is in a cluster that is just starting,
 * and where a connection breaks while it is asked. It is a reason to ask again, like any other broker that is away.
 */
const isCoordinatorAway = (error: Error): boolean => error.name === 'KafkaJSGroupCoordinatorNotFound';

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, rejoinAfterMs));

/** A member of a consumer group that hands records over and never commits by itself. */
export function createStreamConsumer(kafka: Kafka, options: ConsumerOptions): StreamConsumer {
  const { listener, applicationServer } = options;
  let held: readonly number[] = [];
  const assigner = coPartitionAssigner(() => ({ applicationServer, held }));
  const consumer = kafka.consumer({
    groupId: options.groupId,
    sessionTimeout: options.sessionTimeoutMs,
    rebalanceTimeout: options.rebalanceTimeoutMs,
    heartbeatInterval: Math.min(1_000, options.sessionTimeoutMs / 5),
    maxWaitTimeInMs: options.maxWaitMs,
    partitionAssigners: [
      gatherFetches(
        announceRejoins(assigner, () => listener.onRejoining?.() ?? Promise.resolve()),
        options.gatherMs,
      ),
    ],
    retry: { restartOnFailure: () => pause().then(() => !stopping) },
  });
  let stopping = false;
  const stopped = Promise.withResolvers<never>();
  // Only a start that has not ended looks at it.
  stopped.promise.catch(() => undefined);
  // kafkajs throws at seek, pause and resume while it has no group, as between a crash and its restart. Nothing is lost
  // when they are left out: at the next join all partitions are paused, and each task says again where it stands.
  let isMember = false;

  const { GROUP_JOIN, HEARTBEAT, FETCH, CRASH, STOP, END_BATCH_PROCESS } = consumer.events;
  consumer.on(STOP, () => {
    isMember = false;
  });
  // Emitted synchronously, before the first fetch of the new generation: what is paused here is not read.
  consumer.on(GROUP_JOIN, ({ payload }) => {
    const { groupId, memberId, generationId, memberAssignment } = payload as JoinedGroup;
    isMember = true;
    const assigned = Object.entries(memberAssignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic, partition })),
    );
    held = [...new Set(assigned.map(({ partition }) => partition))];
    listener.onAssigned(assigned, { groupId, memberId, generationId });
  });
  consumer.on(HEARTBEAT, () => {
    listener.onHeartbeat();
  });
  consumer.on(FETCH, () => {
    listener.onFetch();
  });
  consumer.on(CRASH, ({ payload: { error, restart } }) => {
    const rejoins = !restart && !stopping && isCoordinatorAway(error);
    listener.onCrash(error, restart || rejoins);
    if (rejoins) void pause().then(() => (stopping ? undefined : consumer.run(handlers)));
  });
  // A stretch of markers and aborted records only never reaches eachBatch, but the task must learn that it is passed.
  consumer.on(END_BATCH_PROCESS, ({ payload }) => {
    if (payload.batchSize > 0) return;
    const { topic, partition, firstOffset, lastOffset, highWatermark } = payload;
    const next = Number(lastOffset) + 1;
    // null, which the types do not tell: all that was answered lies before the offset asked for, which is then the last.
    const from = Number((firstOffset as string | null) ?? lastOffset);
    listener.onFetched({
      partition: { topic, partition },
      from,
      next,
      records: [],
      highWatermark: Number(highWatermark),
    });
  });

  const handlers: ConsumerRunConfig = {
    autoCommit: false,
    eachBatch: (payload) => {
      if (!payload.isStale()) listener.onFetched(chunkOf(payload.batch));
      return Promise.resolve();
    },
  };

  return {
    async start({ formerMemberId } = {}) {
      if (formerMemberId !== undefined) await leaveFor(kafka, options.groupId, formerMemberId);
      try {
        await consumer.connect();
        // Never the end: records that are there when offsets are missing are processed, not passed over.
        await consumer.subscribe({ topics: [...options.topics], fromBeginning: true });
      } catch (error) {
        throw unavailable(error);
      }
      if (stopping) throw stoppedBeforeJoining();
      await Promise.race([joined(consumer, () => consumer.run(handlers)), stopped.promise]);
    },
    seek({ topic, partition }, offset) {
      if (isMember) consumer.seek({ topic, partition, offset: String(offset) });
    },
    pause(partitions) {
      if (isMember) consumer.pause(kafkajsTopics(partitions));
    },
    resume(partitions) {
      if (isMember) consumer.resume(kafkajsTopics(partitions));
    },
    commit: (offsets) => commit(consumer, offsets),
    async stop() {
      stopping = true;
      await leave(consumer);
      // A join that was under way may never hear of its end.
      stopped.reject(stoppedBeforeJoining());
    },
  };
}

/**
 * kafkajs does not leave before a join that is under way has ended, however long the coordinator is away. Leaving is a
 * courtesy: a member that is silent is taken out as well.
 */
async function leave(consumer: Consumer): Promise<void> {
  const late = new AbortController();
  const left = consumer.disconnect();
  // Told to nobody when it comes after its time.
  left.catch(() => undefined);
  try {
    await Promise.race([left, sleep(leaveWithinMs, undefined, { signal: late.signal })]);
  } finally {
    late.abort();
  }
}

const stoppedBeforeJoining = (): Error => unavailable('The consumer was stopped before it joined');

/** `run` resolves before the group has taken the member in, also when it never will. */
async function joined(consumer: Consumer, run: () => Promise<void>): Promise<void> {
  const outcome = new Promise<void>((resolve, reject) => {
    const offJoin = consumer.on(consumer.events.GROUP_JOIN, () => {
      offJoin();
      offCrash();
      resolve();
    });
    const offCrash = consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
      if (restart || isCoordinatorAway(error)) return;
      offJoin();
      offCrash();
      reject(toError(error));
    });
  });
  await Promise.all([run(), outcome]);
}

async function commit(consumer: Consumer, offsets: readonly PartitionOffset[]): Promise<void> {
  try {
    await consumer.commitOffsets(
      offsets.map(({ topic, partition, offset, metadata }) => ({
        topic,
        partition,
        offset: String(offset),
        metadata: metadata ?? null,
      })),
    );
  } catch (error) {
    // The group has moved on, or its coordinator is away: where reading goes on is asked for again.
    throw new CommitFailedError('Offsets were not committed', { cause: error, facts: { type: protocolTypeOf(error) } });
  }
}
