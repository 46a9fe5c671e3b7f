import type { FetchedChunk } from '../ports.ts';
import type { TopicPartition } from '../record.ts';
import type { StreamTask, TaskStatus } from './stream-task.ts';

/**
 * Which tasks this instance has: follows the group's assignments, one change at a time.
 *
 * A task that stays keeps running through a rebalance: it is fenced by its transactional id, not by the group. One that
 * goes is closed, which finishes its batch in flight, or finds itself fenced by its new owner.
 */
export class TaskManager {
  readonly #create: (partition: number) => StreamTask;
  readonly #tasks = new Map<number, StreamTask>();
  #changes: Promise<void> = Promise.resolve();
  #assigned: ReadonlySet<number> = new Set();
  #closed = false;

  constructor(create: (partition: number) => StreamTask) {
    this.#create = create;
  }

  assign(partitions: readonly TopicPartition[]): void {
    this.#assigned = new Set(partitions.map(({ partition }) => partition));
    for (const [partition, task] of this.#tasks) {
      if (this.#assigned.has(partition)) task.resumeAfterRebalance();
    }
    this.#changes = this.#changes.then(() => this.#follow());
  }

  offer(chunk: FetchedChunk): void {
    this.#tasks.get(chunk.partition.partition)?.offer(chunk);
  }

  /** The group still counts on this member. */
  heartbeat(): void {
    for (const task of this.#tasks.values()) task.restartIfFenced();
  }

  /** Whether every partition the group gave us has a task that runs. */
  isRunning(): boolean {
    return [...this.#assigned].every((partition) => this.#tasks.get(partition)?.state === 'RUNNING');
  }

  status(): readonly TaskStatus[] {
    return [...this.#tasks.values()].map((task) => task.status());
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#changes;
    await this.#closeTasks([...this.#tasks.keys()]);
  }

  /** Makes the tasks what the newest assignment says. */
  async #follow(): Promise<void> {
    if (this.#closed) return;
    await this.#closeTasks([...this.#tasks.keys()].filter((partition) => !this.#assigned.has(partition)));
    for (const partition of this.#assigned) {
      if (this.#tasks.has(partition)) continue;
      const task = this.#create(partition);
      this.#tasks.set(partition, task);
      task.start();
    }
  }

  async #closeTasks(partitions: readonly number[]): Promise<void> {
    await Promise.all(
      partitions.map(async (partition) => {
        const task = this.#tasks.get(partition);
        this.#tasks.delete(partition);
        await task?.close();
      }),
    );
  }
}
