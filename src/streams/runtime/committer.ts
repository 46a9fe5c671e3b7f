import type { PartitionOffset, PartitionSend } from '../ports.ts';
import type { Checkpoints } from '../state/store.ts';
import type { ProcessedBatch } from './batch-processor.ts';

/** Makes the batches of a task visible: their outputs, their store changes and their offsets. */
export interface Committer {
  /** Takes over from whoever committed for this task before. */
  open(): Promise<void>;
  /**
   * Looked at before each batch.
   * @throws CommitFailedError where the task may have been with another instance since `open`
   */
  assertCurrent(): void;
  /** Milliseconds that records should still gather before a batch that is not full; 0 or less: none. */
  paceMs(): number;
  /**
   * The task's turn to take a batch; at once where the signal tells the task to stop.
   * @param isFull whether the batch would be as large as it may be
   */
  turn(isFull: boolean, signal: AbortSignal): Promise<Turn>;
  /** The task is given up: what it may still be at is not committed any more. */
  close(): void;
}

/** Given back whatever comes of it. */
export interface Turn {
  /**
   * @param offsets never none
   * @returns how far each changelog is contained in the stores once the batch's changes are applied to them
   * @throws ProducerFencedError, MembershipLostError when the task may have moved to another instance
   * @throws CommitFailedError when the outcome is unknown: open again, and ask for the committed offset
   */
  commit(batch: ProcessedBatch, offsets: readonly PartitionOffset[]): Promise<Checkpoints>;
  /** Calling it again does nothing. */
  release(): void;
}

/** One send for each topic-partition, in the order in which they were first written to. */
export const sendsOf = (batch: ProcessedBatch, partition: number): PartitionSend[] =>
  [...batch.outputs].flatMap(([topic, records]) =>
    [...Map.groupBy(records, (record) => record.partition ?? partition)].map(([to, mine]) => ({
      topic,
      partition: to,
      records: mine,
    })),
  );
