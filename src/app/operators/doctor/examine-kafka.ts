import { type ClusterFacts, clusterFacts, type TopicFacts } from '../../../adapters/kafka/index.ts';
import type { Logger } from '../../../common/logger.ts';
import { foreignTopics, type TopicContract, topics } from '../../../contracts/index.ts';
import type { TransportConfig } from '../../transport.ts';
import { connectOperatorKafka } from '../operator-kafka.ts';
import { examineDeadLetters } from './examine-dead-letters.ts';
import { examineGroups } from './examine-groups.ts';
import { examining, fault, type Finding, ok, warning } from './finding.ts';

export interface KafkaSettings extends TransportConfig {
  readonly kafkaBrokers: readonly string[];
  readonly applicationId: string;
  readonly partitions: number;
  readonly replicationFactor: number;
}

const contracts: readonly TopicContract[] = Object.values(topics);
const foreign = Object.values(foreignTopics).map(({ name }) => name);

const brokersFinding = ({ brokers }: ClusterFacts, { replicationFactor }: KafkaSettings): Finding => {
  const found = `${String(brokers)} ${brokers === 1 ? 'broker' : 'brokers'}, POINTS_REPLICATION_FACTOR=${String(replicationFactor)}`;
  if (brokers < replicationFactor) {
    const advice = 'Start the brokers that are missing: topics cannot be created, and writes may be refused';
    return fault('Kafka', { found, advice, runbook: 'kafka-loss' });
  }
  if (replicationFactor > 1) return ok('Kafka', found);
  const advice = 'Every record is on one disk: in production have three brokers and a replication factor of 3';
  return warning('Kafka', { found, advice, runbook: 'kafka-loss' });
};

/** Kept shorter than the contract says, records are gone before who needs them has read them. */
const isKeptTooShort = ({ policy }: TopicContract, { retentionMs }: TopicFacts): boolean =>
  policy.cleanup === 'delete' && retentionMs >= 0 && retentionMs < policy.retentionMs;

const topicFindings = (facts: ClusterFacts, { partitions }: KafkaSettings): readonly Finding[] =>
  contracts.flatMap((contract): Finding[] => {
    const { name, policy } = contract;
    const topic = facts.topics.get(name);
    const tell = (found: string, advice: string): Finding =>
      fault(`topic ${name}`, { found, advice, runbook: 'kafka-loss' });
    if (topic === undefined) return [tell('it does not exist', 'Run `points setup`')];
    const count = topic.partitions;
    if (count !== partitions) {
      const found = `${String(count)} partitions, POINTS_PARTITIONS=${String(partitions)}`;
      const advice = `Set POINTS_PARTITIONS to ${String(count)} if the service began so; if somebody altered the topic, restart nothing and see the runbook`;
      return [fault(`topic ${name}`, { found, advice, runbook: 'add-partitions' })];
    }
    if (topic.leaderless > 0)
      return [tell(`${String(topic.leaderless)} partitions have no leader`, 'Start the brokers that hold them')];
    if (topic.cleanup !== policy.cleanup) {
      const advice = `Set it back: kafka-configs --alter --topic ${name} --add-config cleanup.policy=${policy.cleanup}`;
      return [tell(`cleanup.policy is ${topic.cleanup}, not ${policy.cleanup}`, advice)];
    }
    const findings: Finding[] = [];
    if (isKeptTooShort(contract, topic) && policy.cleanup === 'delete') {
      const found = `records are kept ${String(topic.retentionMs)} ms, not ${String(policy.retentionMs)}`;
      const advice = `kafka-configs --alter --topic ${name} --add-config retention.ms=${String(policy.retentionMs)}`;
      findings.push(warning(`topic ${name}`, { found, advice }));
    }
    if (topic.underReplicated > 0) {
      const found = `${String(topic.underReplicated)} partitions have replicas that are behind or away`;
      const advice = 'See which broker is away or slow; another loss may stop writes';
      findings.push(warning(`topic ${name}`, { found, advice, runbook: 'kafka-loss' }));
    }
    return findings;
  });

/** The cluster, the topics, who reads them and how far, and dead letters. */
export async function examineKafka(settings: KafkaSettings, logger: Logger): Promise<readonly Finding[]> {
  const whenAway = {
    advice:
      'See whether KAFKA_BROKER names brokers that run, and whether this machine may reach them. Meanwhile ingress keeps what comes in MongoDB',
    runbook: 'kafka-loss',
  } as const;
  return examining('Kafka', whenAway, async () => {
    const kafka = await connectOperatorKafka(settings, logger);
    try {
      const names = [...contracts.map(({ name }) => name), ...foreign];
      const facts = await clusterFacts(kafka.createClient(), names);
      const wrong = topicFindings(facts, settings);
      const found = [
        brokersFinding(facts, settings),
        ...(wrong.length === 0 ? [ok('topics', `${String(contracts.length)}, as they are meant to be`)] : wrong),
      ];
      const missing = contracts.some(({ name }) => !facts.topics.has(name));
      // Nobody can have read what is not there.
      if (missing) return found;
      return [
        ...found,
        ...(await examineGroups(kafka.admin, settings.applicationId, facts.topics)),
        ...(await examineDeadLetters(kafka)),
      ];
    } finally {
      await kafka.close();
    }
  });
}
