import { isRetryable, toError } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { StateStoreError } from '../errors.ts';
import type { LocalState } from '../state/store.ts';
import type { Topology } from '../topology/topology.ts';
import type { Backoff } from './backoff.ts';
import { BatchProcessor, type ProcessedBatch } from './batch-processor.ts';
import type { Committer, Turn } from './committer.ts';
import type { Graph } from './graph.ts';
import type { ExactOptions } from './options.ts';
import type { RecordQueue, TakenBatch } from './record-queue.ts';

export interface TaskLoopParts {
  readonly taskId: string;
  readonly topology: Topology;
  readonly options: ExactOptions;
  readonly logger: Logger;
  readonly queue: RecordQueue;
  readonly graph: Graph;
  readonly local: LocalState;
  readonly committer: Committer;
  readonly backoff: Backoff;
  readonly signal: AbortSignal;
  /** The stream time the task begins with. */
  readonly streamTime: number;
  /** Before a batch is waited for: throws where the task must not go on. */
  readonly beforeBatch: () => Promise<void>;
  /** A batch was taken: there is room in the queue. */
  readonly onTaken: () => void;
  /** Whether the task waits for something that is away. */
  readonly onWaiting: (isWaiting: boolean) => void;
  /** The task was seen to be up to date, or committed a batch. */
  readonly onProgress: (committed: (TakenBatch & Pick<ProcessedBatch, 'outputs'>) | null) => void;
}

/** The task's turn; given back while it waits for something else, and taken again. */
interface Held {
  turn: Turn;
}

/** What a running task does: micro-batches, one at a time, each processed, committed and then applied to the stores. */
export class TaskLoop {
  readonly #parts: TaskLoopParts;
  readonly #processor: BatchProcessor;
  #streamTime: number;

  constructor(parts: TaskLoopParts) {
    const { topology, graph, options, logger } = parts;
    this.#parts = parts;
    this.#streamTime = parts.streamTime;
    this.#processor = new BatchProcessor(topology, graph, options.exceptionHandlers, logger);
  }

  /** Until the task stops; throws what it cannot go on with. */
  async run(): Promise<void> {
    const { beforeBatch } = this.#parts;
    while (!this.#isStopping()) {
      await beforeBatch();
      if (!(await this.#hasWork())) continue;
      await this.#pace();
      // The turn comes first, so that a batch grows while it is waited for.
      const held: Held = { turn: await this.#turn() };
      try {
        if (this.#isStopping() || !(await this.#runBatch(held))) return;
      } finally {
        held.turn.release();
      }
    }
  }

  #turn(): Promise<Turn> {
    const { committer, queue, options, signal } = this.#parts;
    return committer.turn(queue.waiting() >= options.maxBatchRecords, signal);
  }

  #isStopping(): boolean {
    return this.#parts.signal.aborted;
  }

  /** Waits until there are records, a punctuation is due, or markers were passed and nothing came since. */
  async #hasWork(): Promise<boolean> {
    const { queue, graph, options, onProgress } = this.#parts;
    if (queue.hasNext() || this.#isPunctuationDue()) return true;
    if (!queue.isHeldUp()) onProgress(null);
    const next = graph.nextPunctuation();
    const untilNext = next === null ? options.idleCommitMs : Math.max(1, next - options.clock.now());
    const isIdle = (await queue.changed(Math.min(options.idleCommitMs, untilNext))) === 'timeout';
    return queue.hasNext() || this.#isPunctuationDue() || (isIdle && queue.hasPassedMarkers());
  }

  #isPunctuationDue(): boolean {
    const { graph, options } = this.#parts;
    return graph.isPunctuationDue({ streamTime: this.#streamTime, wallClock: options.clock.now() });
  }

  /** Lets records gather until the next batch is due, or one is full. */
  async #pace(): Promise<void> {
    const { queue, signal, committer, options } = this.#parts;
    for (;;) {
      const leftMs = committer.paceMs();
      if (leftMs <= 0 || signal.aborted || queue.waiting() >= options.maxBatchRecords) return;
      await queue.changed(leftMs);
    }
  }

  /** @returns false when the task closes meanwhile */
  async #runBatch(held: Held): Promise<boolean> {
    const { queue, options, topology, taskId, onTaken } = this.#parts;
    const taken = queue.take(options.maxBatchRecords);
    if (taken.offsets.length === 0 && !this.#isPunctuationDue()) return true;
    onTaken();
    const batch = options.interceptor?.onConsume({ topology: topology.name, taskId, records: taken.records });
    if (batch === undefined) return (await this.#complete(taken, held)) !== null;
    try {
      const seen = { ...taken, records: batch.records };
      const processed = await batch.run(() => this.#complete(seen, held));
      if (processed === null) batch.onAbandon(undefined);
      else batch.onCommit(processed.failures);
      return processed !== null;
    } catch (error) {
      batch.onAbandon(error);
      throw error;
    }
  }

  /** The batch, processed and committed; null when the task closes meanwhile. */
  async #complete(taken: TakenBatch, held: Held): Promise<ProcessedBatch | null> {
    const { options, topology, taskId } = this.#parts;
    const began = options.clock.now();
    const processed = await this.#process(taken, held);
    if (processed === null) return null;
    if (await this.#commit(processed, taken, held.turn)) {
      const seconds = (options.clock.now() - began) / 1_000;
      options.listener.onCommit?.(topology.name, taskId, taken.records.length, seconds);
    }
    return processed;
  }

  /** The batch, tried again while what it needs is away; null when the task closes meanwhile. */
  async #process({ records }: TakenBatch, held: Held): Promise<ProcessedBatch | null> {
    const { options, topology, taskId, logger, backoff, signal, onWaiting } = this.#parts;
    const { retryPolicy, listener, clock } = options;
    const { delaysMs, afterwards } = retryPolicy;
    for (let number = 1; ; number += 1) {
      const isLast = afterwards === 'give-up' && number > delaysMs.length;
      try {
        const batch = { records, streamTime: this.#streamTime, wallClock: clock.now() };
        const processed = await this.#processor.process(batch, { number, isLast });
        onWaiting(false);
        for (const failure of processed.failures) listener.onFailure?.(topology.name, failure);
        return processed;
      } catch (error) {
        if (!isRetryable(error) || isLast) throw error;
        onWaiting(true);
        const delayMs = delaysMs[number - 1] ?? delaysMs.at(-1) ?? 1_000;
        logger.warn({ err: error, attempt: number, delay_ms: delayMs }, 'A batch is tried again');
        listener.onRetry?.(topology.name, taskId, toError(error));
        // Others may commit while this task waits for better times.
        held.turn.release();
        await backoff.wait(delayMs);
        if (signal.aborted) return null;
        held.turn = await this.#turn();
        // It may have been told to stop while it waited for its turn.
        if (this.#isStopping()) return null;
      }
    }
  }

  /** @returns whether there was anything to commit: a punctuation may make nothing */
  async #commit(processed: ProcessedBatch, taken: TakenBatch, turn: Turn): Promise<boolean> {
    const { local, graph, topology, queue, onProgress } = this.#parts;
    const { changes, streamTime } = processed;
    const isSomething = taken.offsets.length > 0 || changes.length > 0 || processed.outputs.size > 0;
    if (isSomething) {
      const metadata = String(streamTime);
      // Those that are committed already where the batch is a punctuation's alone: by its offsets the broker knows whose it is.
      const reached = taken.offsets.length > 0 ? taken.offsets : queue.committedOffsets();
      const offsets = reached.map((offset) => ({ ...offset, metadata }));
      const checkpoints = await turn.commit(processed, offsets);
      if (topology.stores().length > 0) {
        await local.apply(changes, checkpoints, streamTime).catch((error: unknown) => {
          throw new StateStoreError('The stores could not be written', { cause: error });
        });
      }
    }
    this.#streamTime = streamTime;
    queue.committed(taken.offsets);
    graph.committed();
    onProgress({ ...taken, outputs: processed.outputs });
    return isSomething;
  }
}
