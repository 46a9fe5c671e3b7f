import { Gauge, type Registry } from 'prom-client';
import type { GroupPosition } from '../../adapters/kafka/index.ts';

/** What of a group's lag is shown; `update` replaces all of it, `unknown` takes it away. */
export interface LagMetrics {
  update(positions: readonly GroupPosition[], nowMs: number): void;
  /** Kafka does not answer: what was shown may not be true any more. */
  unknown(): void;
}

/** An end of a partition, and when it was seen first. */
interface Mark {
  readonly end: number;
  readonly seenAtMs: number;
}

/** At two looks a minute: half a day, beyond which it matters no more how long exactly. */
const maxMarks = 1_440;

/**
 * Lag of consumer groups as Kafka itself tells it, also of a group that nobody is a member of. In seconds: how long ago the
 * partition's end was seen that the group has not reached yet, so it is exact to one look, and grows while a group stands still.
 */
export function createLagMetrics(registry: Registry): LagMetrics {
  const labelNames = ['group', 'topic', 'partition'] as const;
  const registers = [registry];
  const records = new Gauge({
    ...{
      name: 'points_group_lag_records',
      help: 'Offsets between what the group has committed and the end of the partition',
    },
    ...{ labelNames, registers },
  });
  const seconds = new Gauge({
    ...{ name: 'points_group_lag_seconds', help: 'How long the oldest record waits that the group has not committed' },
    ...{ labelNames, registers },
  });
  const measured = new Gauge({
    ...{
      name: 'points_group_lag_timestamp_seconds',
      help: 'When Kafka last said how far the groups are; 0: not yet',
      registers,
    },
  });
  measured.set(0);
  /** By group, topic and partition: ends that are not reached yet, the oldest first. */
  const marks = new Map<string, Mark[]>();

  return {
    update(positions, nowMs) {
      records.reset();
      seconds.reset();
      for (const { groupId, topic, partition, position, end } of positions) {
        const labels = { group: groupId, topic, partition: String(partition) };
        const id = `${groupId} ${topic} ${String(partition)}`;
        const open = (marks.get(id) ?? []).filter((mark) => mark.end > position);
        if (end > position && (open.at(-1)?.end ?? -1) < end && open.length < maxMarks)
          open.push({ end, seenAtMs: nowMs });
        marks.set(id, open);
        records.set(labels, Math.max(0, end - position));
        seconds.set(labels, Math.max(0, nowMs - (open[0]?.seenAtMs ?? nowMs)) / 1_000);
      }
      measured.set(nowMs / 1_000);
    },
    unknown() {
      records.reset();
      seconds.reset();
    },
  };
}
