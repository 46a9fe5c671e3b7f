import { TopologyError } from '../errors.ts';
import type { InternalTopic, StreamAdmin } from '../ports.ts';
import type { StoreDefinition } from '../state/store.ts';
import type { Topology } from '../topology/topology.ts';
import type { ExactOptions } from './options.ts';
import { changelogTopic } from './restore.ts';

/** Kept longer than the store needs it: while the streams stand still, the time of their records does too. */
const changelogSlackMs = 24 * 60 * 60 * 1_000;

/**
 * Judges the topology against the broker and makes its changelogs.
 * @throws TopologyError naming each topic that is missing, or has another number of partitions than the rest, and each
 * changelog that does not fit them
 */
export async function prepareTopics(topology: Topology, options: ExactOptions, admin: StreamAdmin): Promise<void> {
  const topics = [...new Set([...topology.sourceTopics(), ...topology.sinkTopics()])];
  const counts = await admin.partitionCounts(topics);
  const missing = topics.filter((topic) => counts.get(topic) === undefined);
  if (missing.length > 0) {
    throw new TopologyError(
      topology.name,
      missing.map((topic) => `topic ${topic} does not exist`),
    );
  }
  if (new Set(counts.values()).size > 1) {
    const each = topics.map((topic) => `${topic} has ${String(counts.get(topic))}`).join(', ');
    throw new TopologyError(topology.name, [`its topics are not co-partitioned: ${each} partitions`]);
  }
  const partitions = Math.max(...topics.map((topic) => counts.get(topic) ?? 0));
  const changelogs = topology.stores().map((store) => changelogOf(store, topology, options, partitions));
  await assertChangelogs(topology, changelogs, admin);
  await admin.createTopics(changelogs);
}

/** A changelog of an earlier run must fit: a task finds its stores under its own partition number. */
async function assertChangelogs(
  topology: Topology,
  wanted: readonly InternalTopic[],
  admin: StreamAdmin,
): Promise<void> {
  const counts = await admin.partitionCounts(wanted.map(({ name }) => name));
  const faults = wanted.flatMap(({ name, partitions }) => {
    const found = counts.get(name);
    if (found === undefined || found === partitions) return [];
    return [`changelog ${name} has ${String(found)} partitions, its topology's topics have ${String(partitions)}`];
  });
  if (faults.length > 0) throw new TopologyError(topology.name, faults);
}

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
  return { name, partitions, config: { ...config, 'min.insync.replicas': options.replicationFactor > 2 ? '2' : '1' } };
}
