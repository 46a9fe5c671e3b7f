import type { GroupLag } from '../ports.ts';
import type { InstanceStatus, TaskShown, TopologyStatus } from '../status/instance-status.ts';
import { partId, topicsRead, topicsWritten } from './graph.ts';

/** A task and who has it. */
export interface TaskRow {
  readonly id: string;
  readonly partition: number;
  /** `MISSING` where no instance has it. */
  readonly state: string;
  /** Id of the instance; null where none has it. */
  readonly owner: string | null;
  readonly lag: number;
  readonly perSecond: number;
  readonly queued: number;
  readonly progressAt: number | null;
}

export interface StoreRow {
  readonly name: string;
  readonly bytes: number;
  /** Null where they are too many to be counted. */
  readonly entries: number | null;
}

/** A sub-topology as it is over all instances. */
export interface PartRow {
  readonly id: string;
  readonly topology: string;
  readonly index: number;
  readonly lag: number;
  readonly perSecond: number;
  readonly tasks: readonly TaskRow[];
  readonly stores: readonly StoreRow[];
  /** By topic. */
  readonly lags: Readonly<Record<string, number>>;
  readonly read: Readonly<Record<string, number>>;
  readonly written: Readonly<Record<string, number>>;
}

type Owned = TaskShown & { readonly owner: string };

const sum = (values: readonly number[]): number => values.reduce((total, each) => total + each, 0);

/**
 * One sub-topology: its tasks with their owners, what flows, what it is behind. The brokers know best how far it is behind,
 * as they also know of tasks that nobody has; without them the tasks tell.
 *
 * @param lags null while Kafka does not answer
 */
export function partRow(
  topology: TopologyStatus,
  index: number,
  instances: readonly InstanceStatus[],
  lags: readonly GroupLag[] | null,
): PartRow {
  const part = topology.parts[index] ?? [];
  const read = topicsRead(part);
  const owned = tasksOf(topology.name, index, instances);
  const told = new Map(
    (lags ?? []).filter(({ groupId }) => groupId === topology.groupId).map((each) => [each.topic, each.partitions]),
  );
  const known = Math.max(0, ...owned.map(({ id }) => partitionOf(id) + 1));
  const partitions = Math.max(known, ...read.map((topic) => told.get(topic)?.length ?? 0));
  const lagAt = (topic: string, partition: number): number => {
    const broker = told.get(topic)?.[partition];
    if (broker !== undefined) return broker;
    return owned.find(({ id }) => partitionOf(id) === partition)?.lags[topic] ?? 0;
  };
  const numbers = Array.from({ length: partitions }, (_, partition) => partition);
  const tasks = numbers.map((partition): TaskRow => {
    const task = owned.find(({ id }) => partitionOf(id) === partition);
    return {
      ...{ id: `${String(index)}_${String(partition)}`, partition },
      ...{ state: task?.state ?? 'MISSING', owner: task?.owner ?? null },
      lag: sum(read.map((topic) => lagAt(topic, partition))),
      perSecond: sum(Object.values(task?.read ?? {})),
      ...{ queued: task?.queued ?? 0, progressAt: task?.progressAt ?? null },
    };
  });
  const flow = (way: 'read' | 'written', topics: readonly string[]): Record<string, number> =>
    Object.fromEntries(topics.map((topic) => [topic, sum(owned.map((task) => task[way][topic] ?? 0))]));
  return {
    ...{ id: partId(topology.name, index), topology: topology.name, index, tasks },
    lag: sum(tasks.map(({ lag }) => lag)),
    perSecond: sum(tasks.map(({ perSecond }) => perSecond)),
    stores: storesOf(topology.name, index, instances),
    lags: Object.fromEntries(read.map((topic) => [topic, sum(numbers.map((partition) => lagAt(topic, partition)))])),
    read: flow('read', read),
    written: flow('written', topicsWritten(part)),
  };
}

const partitionOf = (taskId: string): number => Number(taskId.split('_')[1]);

/** Where two instances name a task, because it is on its way, the one that runs it has it. */
function tasksOf(topology: string, index: number, instances: readonly InstanceStatus[]): readonly Owned[] {
  const found = new Map<string, Owned>();
  for (const instance of instances) {
    const tasks = instance.topologies.find(({ name }) => name === topology)?.tasks ?? [];
    for (const task of tasks.filter(({ id }) => id.startsWith(`${String(index)}_`))) {
      if (found.get(task.id)?.state !== 'RUNNING') found.set(task.id, { ...task, owner: instance.id });
    }
  }
  return [...found.values()];
}

function storesOf(topology: string, index: number, instances: readonly InstanceStatus[]): readonly StoreRow[] {
  const sizes = instances
    .flatMap(({ topologies }) => topologies.filter(({ name }) => name === topology))
    .flatMap(({ stores }) => stores.filter(({ part }) => part === index));
  return [...Map.groupBy(sizes, ({ store }) => store)].map(([name, own]) => ({
    name,
    bytes: sum(own.map(({ bytes }) => bytes)),
    entries: own.some(({ entries }) => entries === null) ? null : sum(own.map(({ entries }) => entries ?? 0)),
  }));
}
