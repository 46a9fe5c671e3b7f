import type { Kafka } from 'kafkajs';
import { unavailable } from './errors.ts';
import { kafkajs } from './kafkajs.ts';

const { ConfigResourceTypes } = kafkajs;

/** A topic as the cluster has it. */
export interface TopicFacts {
  readonly partitions: number;
  /** Of the partition that has the fewest. */
  readonly replicas: number;
  /** Partitions that nobody can write to or read from. */
  readonly leaderless: number;
  /** Partitions some of whose replicas are behind or away. */
  readonly underReplicated: number;
  /** cleanup.policy */
  readonly cleanup: string;
  /** retention.ms; -1: for ever. */
  readonly retentionMs: number;
}

export interface ClusterFacts {
  readonly brokers: number;
  /** Of those that exist. */
  readonly topics: ReadonlyMap<string, TopicFacts>;
}

/** What an operator asks of a cluster. @throws DependencyUnavailableError */
export async function clusterFacts(kafka: Kafka, names: readonly string[]): Promise<ClusterFacts> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    const { brokers } = await admin.describeCluster();
    const there = new Set(await admin.listTopics());
    const wanted = names.filter((name) => there.has(name));
    if (wanted.length === 0) return { brokers: brokers.length, topics: new Map() };
    const { topics } = await admin.fetchTopicMetadata({ topics: wanted });
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: wanted.map((name) => ({
        ...{ type: ConfigResourceTypes.TOPIC, name, configNames: ['cleanup.policy', 'retention.ms'] },
      })),
    });
    const configOf = (topic: string, key: string): string =>
      resources
        .find(({ resourceName }) => resourceName === topic)
        ?.configEntries.find(({ configName }) => configName === key)?.configValue ?? '';
    const facts = topics.map(({ name, partitions }): [string, TopicFacts] => [
      name,
      {
        partitions: partitions.length,
        replicas: Math.min(...partitions.map(({ replicas }) => replicas.length)),
        leaderless: partitions.filter(({ leader }) => leader < 0).length,
        underReplicated: partitions.filter(({ replicas, isr }) => isr.length < replicas.length).length,
        cleanup: configOf(name, 'cleanup.policy'),
        retentionMs: Number(configOf(name, 'retention.ms')),
      },
    ]);
    return { brokers: brokers.length, topics: new Map(facts) };
  } catch (error) {
    throw unavailable(error);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
