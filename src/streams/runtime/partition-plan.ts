import type { Topology } from '../topology/topology.ts';

/** How many partitions every topic of a topology has or is to have, and what does not fit together. */
export interface PartitionPlan {
  readonly counts: ReadonlyMap<string, number>;
  readonly faults: readonly string[];
}

/**
 * Topics that are read together must have the same number of partitions, as must those a task writes to under its own
 * number. A repartition topic has as many as what it is read with, or as the sources its records come from.
 */
export function partitionPlan(topology: Topology, existing: ReadonlyMap<string, number>): PartitionPlan {
  const counts = new Map(existing);
  // One repartition topic may lie behind another: each round knows the topics of one more step.
  for (const _ of topology.repartitionTopics) {
    for (const { topic, partitions } of topology.repartitionTopics) {
      const count = partitions ?? countBeside(topology, topic, counts) ?? countBefore(topology, topic, counts);
      if (count !== undefined) counts.set(topic, count);
    }
  }
  return { counts, faults: topology.subTopologies().flatMap((part) => faultsOf(part, counts)) };
}

/** Of the topics that are read together with a repartition topic. */
function countBeside(topology: Topology, topic: string, counts: ReadonlyMap<string, number>): number | undefined {
  const reader = topology.subTopologies().find((part) => part.sourceTopics().includes(topic));
  const internal = new Map(topology.repartitionTopics.map((each) => [each.topic, each.partitions]));
  const fixed = (reader?.sourceTopics() ?? []).filter(
    (other) => other !== topic && (!internal.has(other) || internal.get(other) !== undefined),
  );
  return fixed.map((other) => counts.get(other)).find((count) => count !== undefined);
}

/** Of the topics whose records go through a repartition topic: the greatest of them. */
function countBefore(topology: Topology, topic: string, counts: ReadonlyMap<string, number>): number | undefined {
  const writers = topology.subTopologies().filter((part) => part.sinks().some((sink) => sink.topic === topic));
  const known = writers.flatMap((part) => part.sourceTopics()).flatMap((source) => counts.get(source) ?? []);
  return known.length === 0 ? undefined : Math.max(...known);
}

function faultsOf(part: Topology, counts: ReadonlyMap<string, number>): readonly string[] {
  const ownNumber = part.sinks().filter(({ partitioning }) => partitioning === 'task');
  const topics = [...new Set([...part.sourceTopics(), ...ownNumber.map(({ topic }) => topic)])];
  if (new Set(topics.map((topic) => counts.get(topic))).size <= 1) return [];
  const each = topics.map((topic) => `${topic} has ${String(counts.get(topic))}`).join(', ');
  return [`its topics are not co-partitioned: ${each} partitions`];
}
