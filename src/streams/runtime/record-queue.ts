import type { FetchedChunk, PartitionOffset } from '../ports.ts';
import type { ConsumedRecord, TopicPartition } from '../record.ts';

interface PartitionQueue {
  readonly partition: TopicPartition;
  records: ConsumedRecord[];
  /** Index of the first record not taken yet: shifting an array record by record would copy it each time. */
  head: number;
  /** The offset the next chunk must begin at. */
  next: number;
  /** What is committed, as far as the queue knows. */
  committed: number;
  highWatermark: number;
  /** Behind the last record that was there when the task began: until then the broker has older ones than what comes. */
  mustReach: number;
  /** Where the last chunk began that was refused for a hole before it; null when none was since `next` moved. */
  refusedFrom: number | null;
}

/** What the task works on next: records, and the offsets to commit when they are done. */
export interface TakenBatch {
  readonly records: readonly ConsumedRecord[];
  readonly offsets: readonly PartitionOffset[];
}

export type Offered = 'taken' | 'hole';

/** The records a task has been handed and has not processed, for each of its partitions; it knows when it is full. */
export class RecordQueue {
  readonly #queues: Map<string, PartitionQueue>;
  #wake: (() => void) | null = null;

  constructor(partitions: readonly TopicPartition[]) {
    this.#queues = new Map(
      partitions.map((partition) => [
        partition.topic,
        { partition, records: [], head: 0, next: 0, committed: 0, highWatermark: 0, mustReach: 0, refusedFrom: null },
      ]),
    );
  }

  /** Forgets what is waiting and begins at these offsets. @param offsets with the end of the partition, where it matters */
  reset(offsets: readonly (PartitionOffset & { readonly end?: number })[]): void {
    for (const { topic, offset, end = offset } of offsets) {
      const queue = this.#queues.get(topic);
      if (queue === undefined) continue;
      Object.assign(queue, {
        records: [],
        head: 0,
        next: offset,
        committed: offset,
        mustReach: end,
        refusedFrom: null,
      });
    }
  }

  /**
   * Adds what is new of a chunk. A hole before it means that the client skipped records: nothing is added, and the
   * caller must seek to `position`.
   *
   * An empty chunk may begin with what it found rather than with what was asked for. Where the same one comes again
   * after the seek, nothing is left in between: compaction has taken it.
   */
  offer(chunk: FetchedChunk): Offered {
    const queue = this.#queues.get(chunk.partition.topic);
    if (queue === undefined) return 'taken';
    const isKnownGap = chunk.records.length === 0 && chunk.from === queue.refusedFrom;
    if (chunk.from > queue.next && !isKnownGap) {
      queue.refusedFrom = chunk.from;
      return 'hole';
    }
    const fresh = chunk.records.filter(({ offset }) => offset >= queue.next);
    if (fresh.length > 0) queue.records.push(...fresh);
    queue.next = Math.max(queue.next, chunk.next);
    queue.refusedFrom = null;
    queue.highWatermark = chunk.highWatermark;
    this.#wake?.();
    return 'taken';
  }

  /** The offset the partition must be read from next. */
  position(topic: string): number {
    return this.#queues.get(topic)?.next ?? 0;
  }

  /** Records waiting, of one topic or of all. */
  waiting(topic?: string): number {
    const queues = [...this.#queues.values()].filter(
      ({ partition }) => topic === undefined || partition.topic === topic,
    );
    return queues.reduce((sum, { records, head }) => sum + records.length - head, 0);
  }

  /** Whether there is something to take: records wait, and none that is older may still be on its way. */
  hasNext(): boolean {
    return this.#oldest() !== undefined;
  }

  /**
   * Whether records wait for those of another partition that the broker is known to have, and that may be older: as in
   * Kafka Streams, what is there already is put in the order of its time.
   */
  isHeldUp(): boolean {
    return this.waiting() > 0 && !this.hasNext();
  }

  /** Records between what is committed and the partition's end, as of the last fetch; by topic. */
  lags(): ReadonlyMap<string, number> {
    return new Map(
      [...this.#queues.values()].map(({ partition, highWatermark, committed }) => [
        partition.topic,
        Math.max(0, highWatermark - committed),
      ]),
    );
  }

  /** The same of all topics together. */
  lag(): number {
    return [...this.lags().values()].reduce((sum, each) => sum + each, 0);
  }

  /** Whether offsets could be committed although no record waits: transaction markers have been passed. */
  hasPassedMarkers(): boolean {
    return [...this.#queues.values()].some(
      ({ records, head, next, committed }) => head === records.length && next > committed,
    );
  }

  /**
   * At most `max` records, the oldest first across partitions, and the offsets that follow them. Ends where a partition
   * has no record left of those it is known to have.
   */
  take(max: number): TakenBatch {
    const taken: ConsumedRecord[] = [];
    while (taken.length < max) {
      const queue = this.#oldest();
      const record = queue?.records[queue.head];
      if (queue === undefined || record === undefined) break;
      queue.head += 1;
      taken.push(record);
    }
    const offsets: PartitionOffset[] = [];
    for (const queue of this.#queues.values()) {
      const first = queue.records[queue.head];
      const offset = first?.offset ?? queue.next;
      if (offset > queue.committed) offsets.push({ ...queue.partition, offset });
      queue.records = queue.records.slice(queue.head);
      queue.head = 0;
    }
    return { records: taken, offsets };
  }

  committed(offsets: readonly PartitionOffset[]): void {
    for (const { topic, offset } of offsets) {
      const queue = this.#queues.get(topic);
      if (queue !== undefined) queue.committed = offset;
    }
  }

  /** Of each partition: what is committed, or where the task began. */
  committedOffsets(): readonly PartitionOffset[] {
    return [...this.#queues.values()].map(({ partition, committed }) => ({ ...partition, offset: committed }));
  }

  /** Resolves when something may be there to do: a chunk came or `wake` was called, or the time is over. */
  async changed(timeoutMs: number): Promise<'woken' | 'timeout'> {
    const outcome = await new Promise<'woken' | 'timeout'>((resolve) => {
      const timer = setTimeout(() => {
        resolve('timeout');
      }, timeoutMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve('woken');
      };
    });
    this.#wake = null;
    return outcome;
  }

  wake(): void {
    this.#wake?.();
  }

  /** The partition whose first waiting record is the oldest, as Kafka Streams chooses it; none while one is behind. */
  #oldest(): PartitionQueue | undefined {
    let oldest: PartitionQueue | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const queue of this.#queues.values()) {
      const timestamp = queue.records[queue.head]?.timestamp;
      if (timestamp === undefined && queue.next < queue.mustReach) return undefined;
      if (timestamp !== undefined && timestamp < least) {
        least = timestamp;
        oldest = queue;
      }
    }
    return oldest;
  }
}
