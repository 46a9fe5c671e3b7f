import { TopologyError } from '../errors.ts';
import type { InternalTopic, StreamAdmin } from '../ports.ts';
import type { StoreDefinition } from '../state/store.ts';
import type { Topology } from '../topology/topology.ts';
import type { ExactOptions } from './options.ts';
import { partitionPlan } from './partition-plan.ts';
import { changelogTopic } from './restore.ts';

/** Kept longer than the store needs it: while the streams stand still, the time of their records does too. */
const changelogSlackMs = 24 * 60 * 60 * 1_000;

/**
 * Judges the topology against the broker, and makes its repartition topics and changelogs.
 * @returns the number of partitions of every topic that is read or written
 * @throws TopologyError naming each topic that is missing, or has another number of partitions than those it is read
 * with, and each internal topic that does not fit them
 */
export async function prepareTopics(
  topology: Topology,
  options: ExactOptions,
  admin: StreamAdmin,
): Promise<ReadonlyMap<string, number>> {
  const internal = new Set(topology.repartitionTopics.map(({ topic }) => topic));
  const tables = topology.globalTables().map(({ topic }) => topic);
  const topics = [...new Set([...topology.sourceTopics(), ...topology.sinkTopics(), ...tables])];
  const external = topics.filter((topic) => !internal.has(topic));
  const found = await admin.partitionCounts(external);
  const missing = external.filter((topic) => found.get(topic) === undefined);
  if (missing.length > 0) {
    throw new TopologyError(
      topology.name,
      missing.map((topic) => `topic ${topic} does not exist`),
    );
  }
  const known = new Map(external.map((topic) => [topic, found.get(topic) ?? 0]));
  const { counts, faults } = partitionPlan(topology, known);
  if (faults.length > 0) throw new TopologyError(topology.name, faults);

  const wanted = [
    ...topology.repartitionTopics.map(({ topic }) => repartitionOf(topic, counts.get(topic) ?? 1, options)),
    ...topology.subTopologies().flatMap((part) => {
      const partitions = Math.max(...part.sourceTopics().map((topic) => counts.get(topic) ?? 0));
      return part.stores().map((store) => changelogOf(store, topology, options, partitions));
    }),
  ];
  await assertInternal(topology, wanted, admin);
  await admin.createTopics(wanted);
  return counts;
}

/** An internal topic of an earlier run must fit: a task finds its stores under its own partition number. */
async function assertInternal(topology: Topology, wanted: readonly InternalTopic[], admin: StreamAdmin): Promise<void> {
  const counts = await admin.partitionCounts(wanted.map(({ name }) => name));
  const faults = wanted.flatMap(({ name, partitions }) => {
    const found = counts.get(name);
    if (found === undefined || found === partitions) return [];
    return [`internal topic ${name} has ${String(found)} partitions, its topology's topics have ${String(partitions)}`];
  });
  if (faults.length > 0) throw new TopologyError(topology.name, faults);
}

const replicated = ({ replicationFactor }: ExactOptions): Record<string, string> => ({
  'min.insync.replicas': replicationFactor > 2 ? '2' : '1',
});

/** Nothing in it ends by itself: its reader has what is committed deleted. */
const repartitionOf = (name: string, partitions: number, options: ExactOptions): InternalTopic => ({
  name,
  partitions,
  config: { 'cleanup.policy': 'delete', 'retention.ms': '-1', 'retention.bytes': '-1', ...replicated(options) },
});

function changelogOf(
  store: StoreDefinition,
  topology: Topology,
  options: ExactOptions,
  partitions: number,
): InternalTopic {
  const name = changelogTopic(options.applicationId, topology.name, store.name);
  const config: Record<string, string> =
    store.expiry === undefined
      ? { 'cleanup.policy': 'compact' }
      : {
          'cleanup.policy': 'compact,delete',
          'retention.ms': String(store.expiry.retentionMs + changelogSlackMs),
          // By the time it was written, not by stream time: who works off a backlog of days would see it deleted at once.
          'message.timestamp.type': 'LogAppendTime',
        };
  return { name, partitions, config: { ...config, ...replicated(options) } };
}
