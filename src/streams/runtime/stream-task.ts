import { isRetryable, toError } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { OffsetGapError, ProducerFencedError } from '../errors.ts';
import type { FetchedChunk, PartitionOffset, StreamAdmin, StreamConsumer } from '../ports.ts';
import type { TopicPartition } from '../record.ts';
import type { LocalState } from '../state/store.ts';
import type { Topology } from '../topology/topology.ts';
import { Backoff } from './backoff.ts';
import { BatchProcessor, type ProcessedBatch } from './batch-processor.ts';
import type { Committer } from './committer.ts';
import { Graph } from './graph.ts';
import type { ExactOptions } from './options.ts';
import { RecordQueue, type TakenBatch } from './record-queue.ts';
import { changelogTopic, restoreStore } from './restore.ts';
import { canFollow, type TaskState } from './task-state.ts';

export interface StreamTaskParts {
  /** `0_<partition>`, as in Kafka Streams. */
  readonly taskId: string;
  readonly partition: number;
  readonly groupId: string;
  readonly topology: Topology;
  readonly options: ExactOptions;
  readonly consumer: StreamConsumer;
  readonly admin: StreamAdmin;
  readonly committer: Committer;
  /** `rebuild` sets aside what is there. */
  readonly openState: (rebuild: boolean) => Promise<LocalState>;
  /** The task cannot go on, and neither can the streams. */
  readonly onFatal: (error: Error) => void;
}

/** What can be seen of a task from outside. */
export interface TaskStatus {
  readonly taskId: string;
  readonly state: TaskState;
  readonly queued: number;
  readonly lag: number;
  /** Records committed since the task began. */
  readonly processed: number;
  /** When the task last committed or was found with nothing to do; milliseconds since the epoch. */
  readonly progressAt: number;
}

/**
 * One partition of a topology's co-partitioned sources, its stores, and its committer.
 *
 * Acquire: fence the old owner, bring the stores up, read the committed offset, seek. In that order: offsets read
 * before fencing may be stale. Run: micro-batches, one at a time. Release: finish what is in flight, close.
 */
export class StreamTask {
  readonly #parts: StreamTaskParts;
  readonly #queue: RecordQueue;
  readonly #partitions: readonly TopicPartition[];
  readonly #logger: Logger;
  readonly #backoff = new Backoff();
  #local: LocalState | null = null;
  #state: TaskState = 'CREATED';
  #streamTime = 0;
  #processed = 0;
  #progressAt: number;
  #paused = true;
  #closing = false;
  #running: Promise<void> = Promise.resolve();

  constructor(parts: StreamTaskParts) {
    this.#parts = parts;
    const { topology, partition, options } = parts;
    this.#partitions = topology.sourceTopics().map((topic) => ({ topic, partition }));
    this.#queue = new RecordQueue(this.#partitions);
    this.#logger = options.logger.child({ topology: topology.name, task_id: parts.taskId });
    this.#progressAt = options.clock.now();
  }

  get state(): TaskState {
    return this.#state;
  }

  start(): void {
    this.#running = this.#live().catch((error: unknown) => {
      this.#transition('FAILED');
      this.#parts.onFatal(toError(error));
    });
  }

  /** Records from the consumer; a hole is closed by reading again from where the task stands. */
  offer(chunk: FetchedChunk): void {
    if (this.#paused || this.#closing) return;
    if (this.#queue.offer(chunk) === 'hole') {
      const { topic } = chunk.partition;
      const position = this.#queue.position(topic);
      this.#logger.warn({ topic, position, from: chunk.from }, 'The consumer left records out and is sent back');
      this.#parts.consumer.seek(chunk.partition, position);
      return;
    }
    if (this.#queue.waiting() >= this.#parts.options.maxQueuedRecords) this.#pause();
  }

  /** The group was formed anew and this task stays: reading goes on where the task stands, not where it committed. */
  resumeAfterRebalance(): void {
    if (this.#state === 'FENCED') this.restartIfFenced();
    if (this.#state !== 'RUNNING' && this.#state !== 'RETRYING') return;
    if (!this.#paused) this.#resume();
  }

  /** The group still counts on this member, so whoever fenced the task is gone, or it was the transaction time-out. */
  restartIfFenced(): void {
    if (this.#state !== 'FENCED') return;
    this.start();
  }

  status(): TaskStatus {
    return {
      taskId: this.#parts.taskId,
      state: this.#state,
      queued: this.#queue.waiting(),
      lag: this.#queue.lag(),
      processed: this.#processed,
      progressAt: this.#progressAt,
    };
  }

  /** Finishes the batch in flight and lets go of everything. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#queue.wake();
    this.#backoff.interrupt();
    await this.#running;
    this.#transition('CLOSING');
    await this.#parts.committer.close();
    await this.#local?.close();
    this.#local = null;
    this.#transition('CLOSED');
  }

  /** Acquires and runs until it is closed or fenced; begins anew after a commit of unknown outcome. */
  async #live(): Promise<void> {
    while (!this.#closing) {
      try {
        await this.#acquire();
        await this.#run();
      } catch (error) {
        this.#pause();
        if (error instanceof ProducerFencedError) {
          this.#logger.warn(
            { err: error },
            'The task was fenced: another instance has it, or its transaction timed out',
          );
          this.#transition('FENCED');
          await this.#parts.committer.close();
          return;
        }
        if (!isRetryable(error)) throw error;
        this.#transition('RETRYING');
        this.#logger.warn({ err: error }, 'The task lets go and is acquired again');
        this.#parts.options.listener.onRetry?.(this.#parts.topology.name, this.#parts.taskId, toError(error));
        await this.#parts.committer.close();
        await this.#backoff.wait(200);
      }
    }
  }

  async #acquire(): Promise<void> {
    const { committer, consumer } = this.#parts;
    this.#transition('ACQUIRING');
    await committer.open();
    this.#transition('RESTORING');
    await this.#restore();
    const offsets = await Promise.all(this.#partitions.map((partition) => this.#startOffset(partition)));
    this.#queue.reset(offsets);
    for (const offset of offsets) consumer.seek(offset, offset.offset);
    this.#transition('RUNNING');
    this.#resume();
  }

  async #run(): Promise<void> {
    const { topology, taskId, options } = this.#parts;
    const local = await this.#openedState();
    const streamTime = (): number => this.#streamTime;
    const graph = new Graph(topology, { taskId, logger: this.#logger, streamTime }, local);
    const processor = new BatchProcessor(topology, graph, options.exceptionHandlers, this.#logger);
    while (!this.#closing) {
      if (this.#queue.waiting() === 0) {
        this.#progressAt = options.clock.now();
        await this.#queue.changed(options.idleCommitMs);
        if (this.#queue.waiting() === 0 && !this.#queue.hasPassedMarkers()) continue;
      }
      // The permit comes first, so that a batch grows while it waits for its turn.
      const release = await options.commitSlots.acquire();
      try {
        const began = options.clock.now();
        const taken = this.#queue.take(options.maxBatchRecords);
        if (taken.offsets.length === 0) continue;
        if (this.#queue.waiting() < options.maxQueuedRecords / 2 && this.#paused) this.#resume();
        const processed = await this.#process(processor, taken, release);
        if (processed === null) return;
        await this.#commit(processed, taken, local);
        const seconds = (options.clock.now() - began) / 1_000;
        options.listener.onCommit?.(topology.name, taskId, taken.records.length, seconds);
      } finally {
        release();
      }
    }
  }

  /** The batch, tried again while what it needs is away; null when the task closes meanwhile. */
  async #process(processor: BatchProcessor, taken: TakenBatch, release: () => void): Promise<ProcessedBatch | null> {
    const { retryPolicy, listener } = this.#parts.options;
    const { delaysMs, afterwards } = retryPolicy;
    for (const { timestamp } of taken.records) this.#streamTime = Math.max(this.#streamTime, timestamp);
    for (let number = 1; ; number += 1) {
      const isLast = afterwards === 'give-up' && number > delaysMs.length;
      try {
        const processed = await processor.process(taken.records, { number, isLast });
        if (this.#state === 'RETRYING') this.#transition('RUNNING');
        for (const failure of processed.failures) listener.onFailure?.(this.#parts.topology.name, failure);
        return processed;
      } catch (error) {
        if (!isRetryable(error) || isLast) throw error;
        // Others may commit while this task waits for better times.
        release();
        if (this.#state === 'RUNNING') this.#transition('RETRYING');
        const delayMs = delaysMs[number - 1] ?? delaysMs.at(-1) ?? 1_000;
        this.#logger.warn({ err: error, attempt: number, delay_ms: delayMs }, 'A batch is tried again');
        listener.onRetry?.(this.#parts.topology.name, this.#parts.taskId, toError(error));
        await this.#backoff.wait(delayMs);
        if (this.#closing) return null;
      }
    }
  }

  async #commit(processed: ProcessedBatch, taken: TakenBatch, local: LocalState): Promise<void> {
    const metadata = String(this.#streamTime);
    const offsets = taken.offsets.map((offset) => ({ ...offset, metadata }));
    const checkpoints = await this.#parts.committer.commit(processed, offsets, this.#streamTime);
    if (this.#parts.topology.stores().length > 0) await local.apply(processed.changes, checkpoints, this.#streamTime);
    this.#queue.committed(taken.offsets);
    this.#processed += taken.records.length;
    this.#progressAt = this.#parts.options.clock.now();
  }

  /** Brings every store to the end of its changelog; `rebuild` begins with empty ones. */
  async #restore(rebuild = false): Promise<void> {
    const { topology, partition, options, admin, taskId } = this.#parts;
    const onProgress = (): void => {
      this.#progressAt = options.clock.now();
    };
    const local = await this.#openedState(rebuild);
    for (const store of topology.stores()) {
      const changelog = { topic: changelogTopic(options.applicationId, topology.name, store.name), partition };
      const began = options.clock.now();
      const records = await restoreStore({ admin, local, store, changelog, logger: this.#logger, onProgress });
      if (records === undefined) {
        this.#logger.warn({ store: store.name }, 'The local store is ahead of its changelog: set aside and rebuilt');
        await local.close();
        this.#local = null;
        await this.#restore(true);
        return;
      }
      const seconds = (options.clock.now() - began) / 1_000;
      options.listener.onRestored?.(topology.name, taskId, store.name, records, seconds);
    }
  }

  /** Where reading begins: the committed offset, or the first record where the group has none. */
  async #startOffset(partition: TopicPartition): Promise<PartitionOffset> {
    const { admin, groupId } = this.#parts;
    const { low } = await admin.offsets(partition);
    const committed = await admin.committedOffset(groupId, partition);
    if (committed === undefined) return { ...partition, offset: low };
    if (committed.offset < low) {
      throw new OffsetGapError('Records were deleted before they were processed', {
        facts: { topic: partition.topic, partition: partition.partition, committed: committed.offset, low },
      });
    }
    const streamTime = Number(committed.metadata ?? '0');
    if (Number.isFinite(streamTime)) this.#streamTime = Math.max(this.#streamTime, streamTime);
    return { ...partition, offset: committed.offset };
  }

  async #openedState(rebuild = false): Promise<LocalState> {
    this.#local ??= await this.#parts.openState(rebuild);
    return this.#local;
  }

  #pause(): void {
    this.#paused = true;
    this.#parts.consumer.pause(this.#partitions);
  }

  #resume(): void {
    this.#paused = false;
    for (const { topic, partition, offset } of this.#queue.positions()) {
      this.#parts.consumer.seek({ topic, partition }, offset);
    }
    this.#parts.consumer.resume(this.#partitions);
  }

  #transition(to: TaskState): void {
    if (this.#state === to) return;
    if (!canFollow(this.#state, to)) return;
    this.#state = to;
    this.#parts.options.listener.onTaskState?.(this.#parts.topology.name, this.#parts.taskId, to);
  }
}
