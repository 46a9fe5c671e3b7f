import type { ConsumedRecord } from '../record.ts';
import type { RecordFailure } from './failures.ts';

/** A micro-batch that a task has just taken up. */
export interface ConsumedBatch {
  readonly topology: string;
  readonly taskId: string;
  readonly records: readonly ConsumedRecord[];
}

/** What an interceptor makes of a micro-batch; of its two ends exactly one is called, once. */
export interface InterceptedBatch {
  /**
   * Processed in place of the records that were taken: the same ones in the same order, with other headers where wanted.
   * Headers travel on to what is made of a record, also to its dead letter.
   */
  readonly records: readonly ConsumedRecord[];
  /** Does the whole work on the batch, from its operators to its commit, and gives back what that gives back. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** It is committed. @param failures records that were left out */
  onCommit(failures: readonly RecordFailure[]): void;
  /** It is not, or that is not known; its records may come again. @param error undefined where the task closes */
  onAbandon(error: unknown): void;
}

/**
 * Sees each micro-batch come and go, in the way of Kafka's ConsumerInterceptor: to trace or to audit. Called
 * synchronously, and must not throw; a batch that it has no interest in costs one call.
 */
export interface StreamsInterceptor {
  onConsume(batch: ConsumedBatch): InterceptedBatch | undefined;
}
