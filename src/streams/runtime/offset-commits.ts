import { toError } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { PartitionOffset, StreamConsumer } from '../ports.ts';
import { placeOf, type TopicPartition } from '../record.ts';

export interface OffsetCommitsParts {
  readonly consumer: Pick<StreamConsumer, 'commit'>;
  /** Whether the partition is this member's. */
  readonly isAssigned: (partition: TopicPartition) => boolean;
  readonly intervalMs: number;
  readonly logger: Logger;
}

/**
 * The offsets of an instance's tasks outside of transactions, together and every now and then, as Kafka Streams'
 * `commit.interval.ms` has it. A commit costs a broker as much as a batch does, and a crash only makes what came since
 * the last one be done again.
 */
export class OffsetCommits {
  readonly #parts: OffsetCommitsParts;
  readonly #done = new Map<string, PartitionOffset>();
  #timer: NodeJS.Timeout | null = null;
  #flushing: Promise<void> = Promise.resolve();

  constructor(parts: OffsetCommitsParts) {
    this.#parts = parts;
  }

  /** These are done; committed within the interval. */
  note(offsets: readonly PartitionOffset[]): void {
    for (const offset of offsets) this.#done.set(placeOf(offset), offset);
    if (this.#done.size > 0) this.#later();
  }

  /** Commits what is done by now. Never rejects: what could not be committed is tried again, or done again. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#flush());
    return this.#flushing;
  }

  /** The group has dealt the partitions out anew: what is kept of others would be older than what their owners commit. */
  reassigned(): void {
    for (const [place, offset] of this.#done) if (!this.#parts.isAssigned(offset)) this.#done.delete(place);
  }

  async close(): Promise<void> {
    await this.flush();
    this.#stop();
    this.#done.clear();
  }

  async #flush(): Promise<void> {
    this.#stop();
    // The broker takes offsets of any partition from any member: they would go back to before what its new owner has
    // committed.
    const offsets = [...this.#done.values()].filter((each) => this.#parts.isAssigned(each));
    this.#done.clear();
    if (offsets.length === 0) return;
    try {
      await this.#parts.consumer.commit(offsets);
    } catch (error) {
      this.#parts.logger.warn({ err: toError(error) }, 'Offsets were not committed, and are kept for the next time');
      for (const offset of offsets) if (!this.#done.has(placeOf(offset))) this.#done.set(placeOf(offset), offset);
      this.#later();
    }
  }

  #later(): void {
    this.#timer ??= setTimeout(() => void this.flush(), this.#parts.intervalMs);
  }

  #stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
