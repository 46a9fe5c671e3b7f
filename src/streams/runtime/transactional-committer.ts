import { CommitFailedError } from '../errors.ts';
import type { PartitionSend } from '../ports.ts';
import type { ProducedRecord } from '../record.ts';
import type { StoreChange } from '../state/store.ts';
import type { ProcessedBatch } from './batch-processor.ts';
import { type Committer, sendsOf, type Turn } from './committer.ts';
import { changelogTopic } from './restore.ts';
import type { Transactions } from './transactions.ts';

export interface TransactionalTask {
  readonly taskId: string;
  readonly applicationId: string;
  readonly topology: string;
  readonly partition: number;
}

/** Everything of a batch in one Kafka transaction, together with the batches of the instance's other tasks. */
export class TransactionalCommitter implements Committer {
  readonly #task: TransactionalTask;
  readonly #transactions: Transactions;
  readonly #paceMs: () => number;
  /** The term in which the task was acquired; none before. */
  #term: number | null = null;
  #isClosed = false;

  /** @param paceMs milliseconds until the next transaction is due */
  constructor(task: TransactionalTask, transactions: Transactions, paceMs: () => number) {
    this.#task = task;
    this.#transactions = transactions;
    this.#paceMs = paceMs;
  }

  async open(): Promise<void> {
    // Before anything is read: what is read in a term that is over by then is not relied on.
    this.#term = this.#transactions.term;
    await this.#transactions.open();
  }

  assertCurrent(): void {
    const facts = { task: this.#task.taskId };
    if (this.#isClosed) throw new CommitFailedError('The task was closed before its batch was committed', { facts });
    if (this.#term === this.#transactions.term) return;
    throw new CommitFailedError('The group has gone on without this instance meanwhile', { facts });
  }

  paceMs(): number {
    return this.#paceMs();
  }

  async turn(isFull: boolean, signal: AbortSignal): Promise<Turn> {
    const seat = await this.#transactions.board(this.#task.taskId, isFull, signal);
    return {
      commit: async (batch, offsets) => {
        this.assertCurrent();
        const { partition } = this.#task;
        const changelogs = this.#changelogs(batch);
        const ends = await seat.commit({ offsets, sends: [...sendsOf(batch, partition), ...changelogs] });
        const topics = new Set(changelogs.map(({ topic }) => topic));
        const mine = ends.filter((end) => end.partition === partition && topics.has(end.topic));
        return new Map(mine.map(({ topic, offset }) => [topic, offset]));
      },
      release: () => {
        seat.leave();
      },
    };
  }

  close(): void {
    this.#isClosed = true;
  }

  #changelogs({ changes, streamTime }: ProcessedBatch): PartitionSend[] {
    const { applicationId, topology, partition } = this.#task;
    return [...Map.groupBy(changes, ({ store }) => store)].map(([store, mine]) => ({
      topic: changelogTopic(applicationId, topology, store),
      partition,
      records: mine.map((change) => recordOf(change, streamTime)),
    }));
  }
}

const recordOf = ({ key, value }: StoreChange, timestamp: number): ProducedRecord => ({
  key: Buffer.from(key, 'utf8'),
  value,
  timestamp,
  headers: {},
});
