import { isRetryable, toError } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { ProducerFencedError, StateStoreError, StreamsStateError } from '../errors.ts';
import type { FetchedChunk, StreamAdmin, StreamConsumer } from '../ports.ts';
import type { TopicPartition } from '../record.ts';
import type { LocalState, ReadonlyStore, StoreDefinition } from '../state/store.ts';
import type { Topology } from '../topology/topology.ts';
import { atMost } from './at-most.ts';
import { Backoff } from './backoff.ts';
import type { Committer } from './committer.ts';
import { Graph } from './graph.ts';
import type { ExactOptions } from './options.ts';
import { RecordQueue } from './record-queue.ts';
import { RepartitionPurge } from './repartition-purge.ts';
import { type OutputTopics, SinkWriter } from './sink-writer.ts';
import { assertNoGap, startOffset } from './start-offset.ts';
import { TaskLoop } from './task-loop.ts';
import { TaskCounter, type TaskCounts } from './task-counts.ts';
import { canFollow, type TaskState } from './task-state.ts';
import { TaskStores } from './task-stores.ts';

export interface StreamTaskParts {
  /** `<sub-topology>_<partition>`, as in Kafka Streams. */
  readonly taskId: string;
  readonly partition: number;
  readonly groupId: string;
  /** The sub-topology that the task runs. */
  readonly topology: Topology;
  readonly options: ExactOptions;
  readonly consumer: StreamConsumer;
  readonly admin: StreamAdmin;
  readonly committer: Committer;
  readonly outputTopics: OutputTopics;
  readonly globalStore: (definition: StoreDefinition) => ReadonlyStore<unknown>;
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
  /** The lag, by topic. */
  readonly lags: ReadonlyMap<string, number>;
  /** Records committed since the task began. */
  readonly processed: number;
  /** The same by topic, and what was written meanwhile. */
  readonly counts: TaskCounts;
  /** When the task last committed or was found with nothing to do; milliseconds since the epoch. */
  readonly progressAt: number;
}

const firstPauseMs = 200;
const longestPauseMs = 5_000;

/**
 * One partition of a sub-topology's co-partitioned sources, its stores, and its committer.
 *
 * Acquire: read the committed offset, which waits until no older transaction can change it any more; bring the stores up;
 * seek. In that order: what an old owner commits until then belongs into the stores. Run: micro-batches, one at a time.
 * Release: finish what is in flight, close.
 */
export class StreamTask {
  readonly #parts: StreamTaskParts;
  readonly #queue: RecordQueue;
  readonly #partitions: readonly TopicPartition[];
  readonly #logger: Logger;
  readonly #stores: TaskStores;
  readonly #backoff = new Backoff();
  readonly #stopping = new AbortController();
  readonly #purge: RepartitionPurge;
  #state: TaskState = 'CREATED';
  #streamTime = 0;
  #processed = 0;
  readonly #counts: TaskCounter;
  #progressAt: number;
  #paused = true;
  /** Topics whose partition is paused because enough of it waits; the others are read on. */
  readonly #full = new Set<string>();
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
    this.#counts = new TaskCounter(topology.deadLetterTopic);
    const repartitioned = topology.repartitionTopics.map(({ topic }) => topic);
    this.#purge = new RepartitionPurge(repartitioned, admin, clock, this.#logger);
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

  /** What the stores hold that is committed; null while they are not up to date, or not this task's any more. */
  committedState(): LocalState | null {
    const isReady = (this.#state === 'RUNNING' || this.#state === 'RETRYING') && !this.isStopping();
    return isReady ? this.#stores.current() : null;
  }

  start(): void {
    if (this.isStopping()) return;
    this.#running = this.#live().catch((error: unknown) => {
      // Left behind when the task was closed; whatever it ended with is its next owner's to find.
      if (this.#state === 'CLOSING' || this.#state === 'CLOSED') return;
      this.#transition('FAILED');
      this.#parts.onFatal(toError(error));
    });
  }

  /** Records from the consumer; a hole is closed by reading again from where the task stands. */
  offer(chunk: FetchedChunk): void {
    const { topic } = chunk.partition;
    if (this.#paused || this.#full.has(topic) || this.isStopping()) return;
    if (this.#queue.offer(chunk) === 'hole') {
      const position = this.#queue.position(topic);
      this.#logger.warn({ topic, position, from: chunk.from }, 'The consumer left records out and is sent back');
      this.#parts.consumer.seek(chunk.partition, position);
      this.#hole = chunk.partition;
      this.#queue.wake();
      return;
    }
    if (this.#queue.waiting(topic) >= this.#mostOfAPartition()) {
      this.#full.add(topic);
      this.#parts.consumer.pause([chunk.partition]);
    }
  }

  /** The group was formed anew and this task stays: reading goes on where the task stands, not where it committed. */
  resumeAfterRebalance(): void {
    this.restartIfFenced();
    // It may have to begin anew, also where nothing comes.
    this.#queue.wake();
    if (this.isStopping() || (this.#state !== 'RUNNING' && this.#state !== 'RETRYING')) return;
    if (!this.#paused) this.#resume();
  }

  /** The group still counts on this member, so it was the transaction time-out, or whoever fenced it is gone. */
  restartIfFenced(): void {
    if (this.#state === 'FENCED') this.start();
  }

  status(): TaskStatus {
    return {
      taskId: this.#parts.taskId,
      state: this.#state,
      queued: this.#queue.waiting(),
      lag: this.#queue.lag(),
      lags: this.#queue.lags(),
      processed: this.#processed,
      counts: this.#counts,
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

  /**
   * Finishes the batch in flight and lets go of everything. A batch that hangs on a broker that is away is left as a crash
   * would leave it: the committed offset tells its next owner.
   */
  async close(): Promise<void> {
    this.stop();
    await atMost(this.#parts.options.finishWithinMs, this.#running);
    this.#transition('CLOSING');
    this.#parts.committer.close();
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
    if (error instanceof StateStoreError && !error.retryable && this.#retries === 0) await this.#stores.distrust();
    else if (!isFenced && !isRetryable(error) && error !== this.#stopping.signal.reason) throw error;
    if (this.isStopping()) {
      this.#logger.info({ err: error }, 'The task closes without what it was at: its next owner does that again');
      return false;
    }
    if (isFenced) {
      this.#logger.warn(
        { err: error },
        'The task was fenced: its transaction timed out, or another process runs on the folder of this instance',
      );
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
    const { committer, consumer, admin, groupId } = this.#parts;
    this.#transition('ACQUIRING');
    await committer.open();
    const offsets = await Promise.all(this.#partitions.map((partition) => startOffset(admin, groupId, partition)));
    this.#transition('RESTORING');
    await this.#stores.restore();
    if (this.isStopping()) return;
    this.#streamTime = offsets.reduce((newest, { streamTime }) => Math.max(newest, streamTime), this.#streamTime);
    this.#queue.reset(offsets);
    this.#full.clear();
    this.#hole = null;
    for (const offset of offsets) consumer.seek(offset, offset.offset);
    this.#transition('RUNNING');
    this.#resume();
  }

  async #run(): Promise<void> {
    const local = await this.#stores.open();
    const graph = this.#createGraph(local);
    const { topology, taskId, options, committer } = this.#parts;
    const loop = new TaskLoop({
      ...{ taskId, topology, options, committer, graph, local },
      ...{ logger: this.#logger, queue: this.#queue, backoff: this.#backoff },
      signal: this.#stopping.signal,
      streamTime: this.#streamTime,
      beforeBatch: () => {
        committer.assertCurrent();
        return this.#lookIntoHole();
      },
      onTaken: () => {
        if (!this.#paused) this.#resumeFull();
      },
      onWaiting: (isWaiting) => {
        if (isWaiting && this.#state === 'RUNNING') this.#transition('RETRYING');
        if (!isWaiting && this.#state === 'RETRYING') this.#transition('RUNNING');
      },
      onProgress: (committed) => {
        this.#progressAt = options.clock.now();
        if (committed === null) return;
        this.#processed += committed.records.length;
        this.#counts.committed(committed.records, committed.outputs);
        this.#purge.committed(committed.offsets);
        this.#retries = 0;
      },
    });
    try {
      await loop.run();
    } finally {
      graph.close();
    }
  }

  #createGraph(local: LocalState): Graph {
    const { topology, taskId, partition, options, outputTopics, globalStore } = this.#parts;
    const streamTime = this.#streamTime;
    return new Graph({
      ...{ topology, taskId, partition, local, globalStore },
      logger: this.#logger,
      writer: new SinkWriter(outputTopics, partition, options.maxRecordBytes),
      time: { streamTime, streamTimeBefore: streamTime, wallClock: options.clock.now() },
    });
  }

  /** Records that were left out can be read again, unless they are not there any more. */
  async #lookIntoHole(): Promise<void> {
    const partition = this.#hole;
    if (partition === null) return;
    this.#hole = null;
    const position = this.#queue.position(partition.topic);
    const { low } = await this.#parts.admin.offsets(partition);
    assertNoGap(partition, position, low);
  }

  #pause(): void {
    // A batch that was left behind ends later: by then the partition may be that of another task of this instance.
    if (this.#state === 'CLOSED') return;
    this.#paused = true;
    this.#parts.consumer.pause(this.#partitions);
  }

  #resume(): void {
    this.#paused = false;
    this.#resumeOf(this.#partitions.filter(({ topic }) => !this.#full.has(topic)));
  }

  /** Reads on of what was full, once half of it is done. */
  #resumeFull(): void {
    const half = this.#mostOfAPartition() / 2;
    const ready = this.#partitions.filter(({ topic }) => this.#full.has(topic) && this.#queue.waiting(topic) < half);
    if (ready.length === 0) return;
    for (const { topic } of ready) this.#full.delete(topic);
    this.#resumeOf(ready);
  }

  #resumeOf(partitions: readonly TopicPartition[]): void {
    if (partitions.length === 0) return;
    const { consumer } = this.#parts;
    for (const partition of partitions) consumer.seek(partition, this.#queue.position(partition.topic));
    consumer.resume(partitions);
  }

  /** Each partition its share: one that brings much must not keep another from being read that it has to wait for. */
  #mostOfAPartition(): number {
    return Math.ceil(this.#parts.options.maxQueuedRecords / this.#partitions.length);
  }

  #transition(to: TaskState): void {
    if (this.#state === to) return;
    if (!canFollow(this.#state, to)) return;
    this.#state = to;
    this.#parts.options.listener.onTaskState?.(this.#parts.topology.name, this.#parts.taskId, to);
  }
}
