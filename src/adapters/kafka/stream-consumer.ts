import type { Consumer, Kafka } from 'kafkajs';
import { toError } from '../../common/errors.ts';
import type { ConsumerOptions, PartitionOffset, StreamConsumer, TopicPartition } from '../../streams/ports.ts';
import { CommitFailedError } from '../../streams/ports.ts';
import { chunkOf } from './consumed-record.ts';
import { protocolTypeOf, unavailable } from './errors.ts';
import { coPartitionAssigner } from './partition-assigner.ts';

const kafkajsTopics = (partitions: readonly TopicPartition[]): { topic: string; partitions: number[] }[] =>
  partitions.map(({ topic, partition }) => ({ topic, partitions: [partition] }));

/** A member of a consumer group that hands records over and never commits by itself. */
export function createStreamConsumer(kafka: Kafka, options: ConsumerOptions): StreamConsumer {
  const { listener } = options;
  const consumer = kafka.consumer({
    groupId: options.groupId,
    sessionTimeout: options.sessionTimeoutMs,
    rebalanceTimeout: options.rebalanceTimeoutMs,
    heartbeatInterval: Math.min(1_000, options.sessionTimeoutMs / 5),
    maxWaitTimeInMs: options.maxWaitMs,
    partitionAssigners: [coPartitionAssigner],
    retry: { restartOnFailure: () => Promise.resolve(!stopping) },
  });
  let stopping = false;
  // kafkajs throws at seek, pause and resume while it has no group, as between a crash and its restart. Nothing is lost
  // when they are left out: at the next join all partitions are paused, and each task says again where it stands.
  let isMember = false;

  const { GROUP_JOIN, HEARTBEAT, FETCH, CRASH, STOP, END_BATCH_PROCESS } = consumer.events;
  consumer.on(STOP, () => {
    isMember = false;
  });
  // Emitted synchronously, before the first fetch of the new generation: what is paused here is not read.
  consumer.on(GROUP_JOIN, ({ payload: { memberAssignment } }) => {
    isMember = true;
    const assigned = Object.entries(memberAssignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic, partition })),
    );
    listener.onAssigned(assigned);
  });
  consumer.on(HEARTBEAT, () => {
    listener.onHeartbeat();
  });
  consumer.on(FETCH, () => {
    listener.onFetch();
  });
  consumer.on(CRASH, ({ payload: { error, restart } }) => {
    listener.onCrash(error, restart);
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

  return {
    async start() {
      try {
        await consumer.connect();
        // Never the end: records that are there when offsets are missing are processed, not passed over.
        await consumer.subscribe({ topics: [...options.topics], fromBeginning: true });
      } catch (error) {
        throw unavailable(error);
      }
      if (stopping) throw unavailable('The consumer was stopped before it joined');
      await joined(consumer, () =>
        consumer.run({
          autoCommit: false,
          eachBatch: ({ batch, isStale }) => {
            if (!isStale()) listener.onFetched(chunkOf(batch));
            return Promise.resolve();
          },
        }),
      );
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
      await consumer.disconnect();
    },
  };
}

/** `run` resolves before the group has taken the member in, also when it never will. */
async function joined(consumer: Consumer, run: () => Promise<void>): Promise<void> {
  const outcome = new Promise<void>((resolve, reject) => {
    const offJoin = consumer.on(consumer.events.GROUP_JOIN, () => {
      offJoin();
      offCrash();
      resolve();
    });
    const offCrash = consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
      if (restart) return;
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
