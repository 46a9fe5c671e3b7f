import { toError } from '../../common/errors.ts';
import type { FetchedChunk } from '../ports.ts';
import type { TopicPartition } from '../record.ts';
import type { StreamTask, TaskStatus } from './stream-task.ts';

/**
 * Which tasks this instance has: follows the group's assignments, one change at a time.
 *
 * A task that stays keeps running through a rebalance: it is fenced by its transactional id, not by the group. One that
 * goes begins no other batch from then on, and is closed, which finishes its batch in flight, or finds itself fenced by
 * its new owner.
 */
export class TaskManager {
  readonly #create: (partition: number) => StreamTask;
  readonly #onFatal: (error: Error) => void;
  readonly #tasks = new Map<number, StreamTask>();
  #changes: Promise<void> = Promise.resolve();
  /** null before the group has given us anything, be it nothing. */
  #assigned: ReadonlySet<number> | null = null;
  #closed = false;

  /** @param onFatal told when a task could not be made or let go of */
  constructor(create: (partition: number) => StreamTask, onFatal: (error: Error) => void) {
    this.#create = create;
    this.#onFatal = onFatal;
  }

  assign(partitions: readonly TopicPartition[]): void {
    const assigned = new Set(partitions.map(({ partition }) => partition));
    this.#assigned = assigned;
    for (const [partition, task] of this.#tasks) {
      if (assigned.has(partition)) task.resumeAfterRebalance();
      // At once, not when the changes before this one are done: its new owner may be at work already.
      else task.stop();
    }
    this.#changes = this.#changes
      .then(() => this.#follow())
      .catch((error: unknown) => {
        this.#onFatal(toError(error));
      });
  }

  offer(chunk: FetchedChunk): void {
    this.#tasks.get(chunk.partition.partition)?.offer(chunk);
  }

  /**
   * The group still counts on this member: what was fenced is taken up again, unless the partition has gone to another
   * member, which would be fenced in turn.
   */
  heartbeat(): void {
    for (const [partition, task] of this.#tasks) {
      if (this.isAssigned(partition)) task.restartIfFenced();
    }
  }

  /** Whether the group gave us this partition. */
  isAssigned(partition: number): boolean {
    return this.#assigned?.has(partition) === true;
  }

  /** Whether every partition the group gave us has a task that runs. */
  isRunning(): boolean {
    if (this.#assigned === null) return false;
    return [...this.#assigned].every((partition) => this.#tasks.get(partition)?.state === 'RUNNING');
  }

  status(): readonly TaskStatus[] {
    return [...this.#tasks.values()].map((task) => task.status());
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
    // As it is by now: a task for what has gone meanwhile would fence its new owner.
    for (const partition of this.#coming()) {
      const task = this.#create(partition);
      this.#tasks.set(partition, task);
      task.start();
    }
  }

  #leaving(): readonly number[] {
    if (this.#closed) return [];
    return [...this.#tasks]
      .filter(([partition, task]) => task.isStopping() || !this.isAssigned(partition))
      .map(([partition]) => partition);
  }

  #coming(): readonly number[] {
    if (this.#closed) return [];
    return [...(this.#assigned ?? [])].filter((partition) => !this.#tasks.has(partition));
  }

  async #closeTasks(partitions: readonly number[]): Promise<void> {
    await Promise.all(
      partitions.map(async (partition) => {
        const task = this.#tasks.get(partition);
        await task?.close();
        this.#tasks.delete(partition);
      }),
    );
  }
}
