import { toError } from '../../common/errors.ts';
import type { FetchedChunk } from '../ports.ts';
import type { TopicPartition } from '../record.ts';
import type { LocalState } from '../state/store.ts';
import type { StreamTask, TaskStatus } from './stream-task.ts';

/** One partition of one sub-topology. */
export interface TaskId {
  readonly subTopology: number;
  readonly partition: number;
}

/** As Kafka Streams writes it. */
export const taskIdOf = ({ subTopology, partition }: TaskId): string => `${String(subTopology)}_${String(partition)}`;

export interface TaskManagerParts {
  readonly create: (id: TaskId) => StreamTask;
  /** Which sub-topology reads a topic. */
  readonly subTopologyOf: (topic: string) => number;
  /** Told when a task could not be made or let go of. */
  readonly onFatal: (error: Error) => void;
}

/**
 * Which tasks this instance has: follows the group's assignments, one change at a time.
 *
 * A task that stays keeps running through a rebalance. One that goes begins no other batch from then on, and is closed:
 * what it was still at is refused, and its new owner's to do.
 */
export class TaskManager {
  readonly #parts: TaskManagerParts;
  readonly #tasks = new Map<string, StreamTask>();
  #changes: Promise<void> = Promise.resolve();
  /** By task id; null before the group has given us anything, be it nothing. */
  #assigned: ReadonlyMap<string, TaskId> | null = null;
  #closed = false;

  constructor(parts: TaskManagerParts) {
    this.#parts = parts;
  }

  assign(partitions: readonly TopicPartition[]): void {
    const assigned = new Map(partitions.map((each) => [this.#idOf(each), this.#taskOf(each)]));
    this.#assigned = assigned;
    for (const [id, task] of this.#tasks) {
      if (assigned.has(id)) task.resumeAfterRebalance();
      // At once, not when the changes before this one are done: its new owner may be at work already.
      else task.stop();
    }
    this.#changes = this.#changes
      .then(() => this.#follow())
      .catch((error: unknown) => {
        this.#parts.onFatal(toError(error));
      });
  }

  offer(chunk: FetchedChunk): void {
    this.#tasks.get(this.#idOf(chunk.partition))?.offer(chunk);
  }

  /**
   * The group still counts on this member: what was fenced is taken up again, unless the partition has gone to another
   * member.
   */
  heartbeat(): void {
    for (const [id, task] of this.#tasks) {
      if (this.isAssigned(id)) task.restartIfFenced();
    }
  }

  /** Whether the group gave us the partitions of this task. */
  isAssigned(taskId: string): boolean {
    return this.#assigned?.has(taskId) === true;
  }

  isPartitionAssigned(partition: TopicPartition): boolean {
    return this.isAssigned(this.#idOf(partition));
  }

  /** Whether every partition the group gave us has a task that runs. */
  isRunning(): boolean {
    if (this.#assigned === null) return false;
    return [...this.#assigned.keys()].every((id) => this.#tasks.get(id)?.state === 'RUNNING');
  }

  /**
   * What the group gave us of a sub-topology, by partition, with the committed state of its task: null where that is not
   * up to date. Null before the group gave us anything, be it nothing.
   */
  committedStates(subTopology: number): ReadonlyMap<number, LocalState | null> | null {
    if (this.#assigned === null) return null;
    const mine = [...this.#assigned].filter(([, id]) => id.subTopology === subTopology);
    return new Map(mine.map(([id, { partition }]) => [partition, this.#tasks.get(id)?.committedState() ?? null]));
  }

  status(): readonly TaskStatus[] {
    return [...this.#tasks.values()].map((task) => task.status());
  }

  tasks(): readonly StreamTask[] {
    return [...this.#tasks.values()];
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const task of this.#tasks.values()) task.stop();
    await this.#changes;
    await this.#closeTasks([...this.#tasks.keys()]);
  }

  /** Makes the tasks what the newest assignment says. */
  async #follow(): Promise<void> {
    await this.#closeTasks(this.#leaving());
    // As it is by now: what has gone meanwhile is not this instance's to bring up.
    for (const [id, taskId] of this.#coming()) {
      const task = this.#parts.create(taskId);
      this.#tasks.set(id, task);
      task.start();
    }
  }

  #leaving(): readonly string[] {
    if (this.#closed) return [];
    return [...this.#tasks].filter(([id, task]) => task.isStopping() || !this.isAssigned(id)).map(([id]) => id);
  }

  #coming(): readonly (readonly [string, TaskId])[] {
    if (this.#closed) return [];
    return [...(this.#assigned ?? [])].filter(([id]) => !this.#tasks.has(id));
  }

  #taskOf({ topic, partition }: TopicPartition): TaskId {
    return { subTopology: this.#parts.subTopologyOf(topic), partition };
  }

  #idOf(partition: TopicPartition): string {
    return taskIdOf(this.#taskOf(partition));
  }

  async #closeTasks(ids: readonly string[]): Promise<void> {
    await Promise.all(
      ids.map(async (id) => {
        const task = this.#tasks.get(id);
        await task?.close();
        this.#tasks.delete(id);
      }),
    );
  }
}
