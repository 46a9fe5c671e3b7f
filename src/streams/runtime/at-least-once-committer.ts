import type { Clock } from '../../common/clock.ts';
import { CommitFailedError } from '../errors.ts';
import type { PlainProducer } from '../ports.ts';
import { type Committer, sendsOf, type Turn } from './committer.ts';
import type { OffsetCommits } from './offset-commits.ts';

export interface AtLeastOnceParts {
  readonly partition: number;
  readonly producer: PlainProducer;
  readonly offsets: OffsetCommits;
  readonly clock: Clock;
  readonly lingerMs: number;
}

/**
 * Outputs at once, the offsets every now and then: what is lost in between is done again. For topologies whose sinks are
 * safe to repeat; they have no stores.
 */
export class AtLeastOnceCommitter implements Committer {
  readonly #parts: AtLeastOnceParts;
  #beganAt = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  constructor(parts: AtLeastOnceParts) {
    this.#parts = parts;
  }

  /** The task goes on from what is committed: that should not be behind what it has done. */
  open(): Promise<void> {
    return this.#parts.offsets.flush();
  }

  /** A batch too many is only done twice. */
  assertCurrent(): void {}

  paceMs(): number {
    return leftOf(this.#parts.lingerMs, this.#beganAt, this.#parts.clock);
  }

  turn(): Promise<Turn> {
    const { partition, producer, offsets: commits, clock } = this.#parts;
    this.#beganAt = clock.now();
    return Promise.resolve({
      commit: async (batch, offsets) => {
        for (const send of sendsOf(batch, partition)) await producer.send(send);
        if (this.#isClosed) throw new CommitFailedError('The task was closed before its batch was committed');
        commits.note(offsets);
        return new Map();
      },
      release: () => undefined,
    });
  }

  close(): void {
    this.#isClosed = true;
  }
}

/** What is left of an interval; nothing where the clock was set back since: nobody waits until it is there again. */
export function leftOf(intervalMs: number, beganAt: number, clock: Clock): number {
  const sinceMs = clock.now() - beganAt;
  return sinceMs < 0 ? 0 : intervalMs - sinceMs;
}
