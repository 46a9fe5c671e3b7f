import { isRetryable, toError } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import {
  OffsetBeyondEndError,
  OffsetGapError,
  ProducerFencedError,
  StateStoreError,
  StreamsStateError,
} from '../errors.ts';
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
import { canFollow, type TaskState } from './task-state.ts';
import { TaskStores } from './task-stores.ts';

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

/** The task's turn to commit; given back while it waits for something else, and taken again. */
interface Turn {
  release: () => void;
}

const firstPauseMs = 200;
const longestPauseMs = 5_000;

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
  readonly #stores: TaskStores;
  readonly #backoff = new Backoff();
  readonly #stopping = new AbortController();
  #state: TaskState = 'CREATED';
  #streamTime = 0;
  #processed = 0;
  #committedAt = 0;
  #progressAt: number;
  #paused = true;
  /** Where the consumer left records out; looked into before the next batch. */
  #hole: TopicPartition | null = null;
  /** Times the task was acquired anew since it last committed. */
  #retries = 0;
  #running: Promise<void> = Promise.resolve();

  constructor(parts: StreamTaskParts) {
    this.#parts = parts;
    const { topology, partition, options, taskId, admin, openState } = parts;
    const { applicationId, clock, listener } = options;
    this.#partitions = topology.sourceTopics().map((topic) => ({ topic, partition }));
    this.#queue = new RecordQueue(this.#partitions);
    this.#logger = options.logger.child({ topology: topology.name, task_id: taskId });
    this.#progressAt = clock.now();
    this.#stores = new TaskStores({
      ...{ applicationId, taskId, partition, topology, admin, clock, listener, openState },
      logger: this.#logger,
      signal: this.#stopping.signal,
      onProgress: () => {
        this.#progressAt = clock.now();
      },
    });
  }

  get state(): TaskState {
    return this.#state;
  }

  /** Whether the task begins no other batch. */
  isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  start(): void {
    if (this.isStopping()) return;
    this.#running = this.#live().catch((error: unknown) => {
      this.#transition('FAILED');
      this.#parts.onFatal(toError(error));
    });
  }

  /** Records from the consumer; a hole is closed by reading again from where the task stands. */
  offer(chunk: FetchedChunk): void {
    if (this.#paused || this.isStopping()) return;
    if (this.#queue.offer(chunk) === 'hole') {
      const { topic } = chunk.partition;
      const position = this.#queue.position(topic);
      this.#logger.warn({ topic, position, from: chunk.from }, 'The consumer left records out and is sent back');
      this.#parts.consumer.seek(chunk.partition, position);
      this.#hole = chunk.partition;
      this.#queue.wake();
      return;
    }
    if (this.#queue.waiting() >= this.#parts.options.maxQueuedRecords) this.#pause();
  }

  /** The group was formed anew and this task stays: reading goes on where the task stands, not where it committed. */
  resumeAfterRebalance(): void {
    this.restartIfFenced();
    if (this.isStopping() || (this.#state !== 'RUNNING' && this.#state !== 'RETRYING')) return;
    if (!this.#paused) this.#resume();
  }

  /** The group still counts on this member, so whoever fenced the task is gone, or it was the transaction time-out. */
  restartIfFenced(): void {
    if (this.#state === 'FENCED') this.start();
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

  /** Begins no other batch; the one in flight is finished. */
  stop(): void {
    if (this.isStopping()) return;
    this.#stopping.abort(new StreamsStateError('The task is closing'));
    this.#queue.wake();
    this.#backoff.interrupt();
  }

  /** Finishes the batch in flight and lets go of everything. */
  async close(): Promise<void> {
    this.stop();
    await this.#running;
    this.#transition('CLOSING');
    await this.#parts.committer.close();
    await this.#stores.close();
    this.#transition('CLOSED');
  }

  /** Acquires and runs until it is stopped or fenced; begins anew after a commit of unknown outcome. */
  async #live(): Promise<void> {
    while (!this.isStopping()) {
      try {
        await this.#acquire();
        await this.#run();
      } catch (error) {
        this.#pause();
        this.#transition('RETRYING');
        await this.#parts.committer.close();
        if (!(await this.#recover(error))) return;
      }
    }
  }

  /**
   * What becomes of a task that could not go on.
   * @returns whether to acquire it anew
   * @throws the error where that would not help
   */
  async #recover(error: unknown): Promise<boolean> {
    const { options, topology, taskId } = this.#parts;
    const isFenced = error instanceof ProducerFencedError;
    if (error instanceof StateStoreError && this.#retries === 0) await this.#stores.distrust();
    else if (!isFenced && !isRetryable(error) && error !== this.#stopping.signal.reason) throw error;
    if (this.isStopping()) {
      this.#logger.info({ err: error }, 'The task closes without what it was at: its next owner does that again');
      return false;
    }
    if (isFenced) {
      this.#logger.warn({ err: error }, 'The task was fenced: another instance has it, or its transaction timed out');
      this.#transition('FENCED');
      return false;
    }
    this.#logger.warn({ err: error }, 'The task lets go and is acquired again');
    options.listener.onRetry?.(topology.name, taskId, toError(error));
    await this.#backoff.wait(Math.min(longestPauseMs, firstPauseMs * 2 ** this.#retries));
    this.#retries += 1;
    return true;
  }

  async #acquire(): Promise<void> {
    const { committer, consumer } = this.#parts;
    this.#transition('ACQUIRING');
    await committer.open();
    this.#transition('RESTORING');
    await this.#stores.restore();
    const offsets = await Promise.all(this.#partitions.map((partition) => this.#startOffset(partition)));
    if (this.isStopping()) return;
    this.#queue.reset(offsets);
    this.#hole = null;
    for (const offset of offsets) consumer.seek(offset, offset.offset);
    this.#transition('RUNNING');
    this.#resume();
  }

  async #run(): Promise<void> {
    const { topology, taskId, options } = this.#parts;
    const local = await this.#stores.open();
    const streamTime = (): number => this.#streamTime;
    const graph = new Graph(topology, { taskId, logger: this.#logger, streamTime }, local);
    const processor = new BatchProcessor(topology, graph, options.exceptionHandlers, this.#logger);
    while (!this.isStopping()) {
      await this.#lookIntoHole();
      if (this.#queue.waiting() === 0) {
        this.#progressAt = options.clock.now();
        const isIdle = (await this.#queue.changed(options.idleCommitMs)) === 'timeout';
        if (this.#queue.waiting() === 0 && !(isIdle && this.#queue.hasPassedMarkers())) continue;
      }
      await this.#pace();
      // The permit comes first, so that a batch grows while it waits for its turn.
      const turn: Turn = { release: await options.commitSlots.acquire() };
      try {
        if (this.isStopping()) return;
        const began = options.clock.now();
        const taken = this.#queue.take(options.maxBatchRecords);
        if (taken.offsets.length === 0) continue;
        if (this.#queue.waiting() < options.maxQueuedRecords / 2 && this.#paused) this.#resume();
        const processed = await this.#process(processor, taken, turn);
        if (processed === null) return;
        await this.#commit(processed, taken, local);
        const seconds = (options.clock.now() - began) / 1_000;
        options.listener.onCommit?.(topology.name, taskId, taken.records.length, seconds);
      } finally {
        turn.release();
      }
    }
  }

  /** Lets records gather until the commit interval since the last commit is over, or a batch is full. */
  async #pace(): Promise<void> {
    const { clock, commitIntervalMs, maxBatchRecords } = this.#parts.options;
    for (;;) {
      const sinceMs = clock.now() - this.#committedAt;
      // Less than nothing has passed where the clock was set back: nobody waits until it is there again.
      const isOver = sinceMs >= commitIntervalMs || sinceMs < 0;
      if (isOver || this.isStopping() || this.#queue.waiting() >= maxBatchRecords) return;
      await this.#queue.changed(commitIntervalMs - sinceMs);
    }
  }

  /** The batch, tried again while what it needs is away; null when the task closes meanwhile. */
  async #process(processor: BatchProcessor, taken: TakenBatch, turn: Turn): Promise<ProcessedBatch | null> {
    const { retryPolicy, listener, commitSlots } = this.#parts.options;
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
        if (this.#state === 'RUNNING') this.#transition('RETRYING');
        const delayMs = delaysMs[number - 1] ?? delaysMs.at(-1) ?? 1_000;
        this.#logger.warn({ err: error, attempt: number, delay_ms: delayMs }, 'A batch is tried again');
        listener.onRetry?.(this.#parts.topology.name, this.#parts.taskId, toError(error));
        // Others may commit while this task waits for better times.
        turn.release();
        await this.#backoff.wait(delayMs);
        if (this.isStopping()) return null;
        turn.release = await commitSlots.acquire();
      }
    }
  }

  async #commit(processed: ProcessedBatch, taken: TakenBatch, local: LocalState): Promise<void> {
    const metadata = String(this.#streamTime);
    const offsets = taken.offsets.map((offset) => ({ ...offset, metadata }));
    const checkpoints = await this.#parts.committer.commit(processed, offsets, this.#streamTime);
    if (this.#parts.topology.stores().length > 0) {
      await local.apply(processed.changes, checkpoints, this.#streamTime).catch((error: unknown) => {
        throw new StateStoreError('The stores could not be written', { cause: error });
      });
    }
    this.#queue.committed(taken.offsets);
    this.#processed += taken.records.length;
    this.#retries = 0;
    this.#progressAt = this.#parts.options.clock.now();
    this.#committedAt = this.#progressAt;
  }

  /** Where reading begins: the committed offset, or the first record where the group has none. */
  async #startOffset(partition: TopicPartition): Promise<PartitionOffset> {
    const { admin, groupId } = this.#parts;
    const { low, high } = await admin.offsets(partition);
    const committed = await admin.committedOffset(groupId, partition);
    if (committed === undefined) return { ...partition, offset: low };
    if (committed.offset < low) throw gap(partition, committed.offset, low);
    if (committed.offset > high) {
      const facts = { ...partition, committed: committed.offset, high };
      throw new OffsetBeyondEndError('What is committed lies behind the end of the partition', { facts });
    }
    const streamTime = Number(committed.metadata ?? '0');
    if (Number.isFinite(streamTime)) this.#streamTime = Math.max(this.#streamTime, streamTime);
    return { ...partition, offset: committed.offset };
  }

  /** Records that were left out can be read again, unless they are not there any more. */
  async #lookIntoHole(): Promise<void> {
    const partition = this.#hole;
    if (partition === null) return;
    this.#hole = null;
    const position = this.#queue.position(partition.topic);
    const { low } = await this.#parts.admin.offsets(partition);
    if (position < low) throw gap(partition, position, low);
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

const gap = ({ topic, partition }: TopicPartition, position: number, low: number): OffsetGapError =>
  new OffsetGapError('Records were deleted before they were processed', { facts: { topic, partition, position, low } });
