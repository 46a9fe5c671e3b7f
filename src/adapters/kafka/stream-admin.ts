import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, Kafka } from 'kafkajs';
import type { InternalTopic, StreamAdmin } from '../../streams/ports.ts';
import { clusterOf } from './cluster.ts';
import { committedOffset } from './committed-offset.ts';
import { within } from './deadline.ts';
import { deleteRecords } from './delete-records.ts';
import { endOffset } from './end-offset.ts';
import { protocolTypeOf, unavailable } from './errors.ts';
import { groupMembers } from './group-members.ts';
import { readRange } from './read-range.ts';
import { whileSettling } from './while-settling.ts';

const connectWithinMs = 5_000;

/** A cluster names leaders within a second; one that is just starting takes longer. */
const ledWithinMs = 20_000;
const ledPollMs = 25;

/** What the engine asks the cluster; every failure says that Kafka is away, as all of it may be asked again. */
export function createStreamAdmin(kafka: Kafka, options: { readonly replicationFactor: number }): StreamAdmin {
  let admin = kafka.admin();
  let cluster = clusterOf(kafka);
  const closing = new AbortController();
  const disconnect = async (): Promise<void> => {
    await Promise.all([admin.disconnect(), cluster.disconnect()]);
  };
  return {
    async connect() {
      try {
        await asked(() => within(connectWithinMs, Promise.all([admin.connect(), cluster.connect()])));
      } catch (error) {
        // kafkajs stays with the broker it began with, also when that one is frozen or closes every connection: who
        // tries again begins with another.
        await disconnect().catch(() => undefined);
        admin = kafka.admin();
        cluster = clusterOf(kafka);
        throw error;
      }
    },
    async close() {
      closing.abort();
      await disconnect();
    },
    partitionCounts: (topics) => asked(() => partitionCounts(admin, topics)),
    offsets: ({ topic, partition }) =>
      asked(async () => {
        const found = (await admin.fetchTopicOffsets(topic)).find((each) => each.partition === partition);
        return { low: Number(found?.low ?? 0), high: Number(found?.high ?? 0) };
      }),
    endOffset: (partition) => asked(() => endOffset(cluster, partition)),
    committedOffset: (groupId, partition) => asked(() => committedOffset(cluster, groupId, partition, closing.signal)),
    groupMembers: (groupId) => asked(() => groupMembers(admin, groupId)),
    deleteRecords: (before) => asked(() => deleteRecords(admin, before)),
    createTopics: (topics) => asked(() => createTopics(admin, topics, options.replicationFactor)),
    read: (partition, range, onBatch) => readRange(kafka, partition, range, onBatch),
  };
}

async function asked<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await whileSettling(call);
  } catch (error) {
    throw unavailable(error);
  }
}

async function partitionCounts(
  admin: Admin,
  topics: readonly string[],
): Promise<ReadonlyMap<string, number | undefined>> {
  const existing = new Set(await admin.listTopics());
  const known = topics.filter((topic) => existing.has(topic));
  // Asked without topics, kafkajs answers with all of them.
  const { topics: metadata } = known.length === 0 ? { topics: [] } : await admin.fetchTopicMetadata({ topics: known });
  const counts = new Map(metadata.map(({ name, partitions }) => [name, partitions.length]));
  return new Map(topics.map((topic) => [topic, counts.get(topic)]));
}

async function createTopics(admin: Admin, topics: readonly InternalTopic[], replicationFactor: number): Promise<void> {
  const existing = new Set(await admin.listTopics());
  const missing = topics.filter(({ name }) => !existing.has(name));
  if (missing.length === 0) return;
  try {
    await admin.createTopics({
      // kafkajs' own waiting gives up at the first broker that has not heard of a topic yet.
      waitForLeaders: false,
      topics: missing.map(({ name, partitions, config }) => ({
        topic: name,
        numPartitions: partitions,
        replicationFactor,
        configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
      })),
    });
  } catch (error) {
    // Another instance that starts at the same moment may have made them.
    if (protocolTypeOf(error) !== 'TOPIC_ALREADY_EXISTS') throw error;
  }
  await whenLed(admin, new Map(missing.map(({ name, partitions }) => [name, partitions])));
}

/** What a broker says of a topic that it will know in a moment. */
const notYet = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE', 'NOT_LEADER_FOR_PARTITION']);

/** Resolves when every partition of new topics has a leader that knows it: one asked before that would refuse. */
async function whenLed(admin: Admin, topics: ReadonlyMap<string, number>): Promise<void> {
  const deadline = performance.now() + ledWithinMs;
  for (;;) {
    try {
      const { topics: found } = await admin.fetchTopicMetadata({ topics: [...topics.keys()] });
      const counts = new Map(found.map(({ name, partitions }) => [name, partitions.length]));
      if ([...topics].every(([name, partitions]) => counts.get(name) === partitions)) {
        // A partition's offsets are told by its leader alone.
        for (const name of topics.keys()) await admin.fetchTopicOffsets(name);
        return;
      }
    } catch (error) {
      if (!notYet.has(protocolTypeOf(error) ?? '')) throw error;
    }
    if (performance.now() > deadline) throw unavailable(null, { topics: [...topics.keys()].join(',') });
    await sleep(ledPollMs);
  }
}
