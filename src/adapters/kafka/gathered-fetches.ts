import type { Assigner, PartitionAssigner } from 'kafkajs';

interface GatheringAssigner extends Assigner {
  readonly gatherMs: number;
}

/**
 * Has the consumer with this assigner let records gather at the broker for `gatherMs` while they keep coming. Assigners are
 * the one thing of ours that reaches a consumer's part in its group.
 */
export const gatherFetches =
  (assigner: PartitionAssigner, gatherMs: number): PartitionAssigner =>
  (config) => {
    const made = assigner(config);
    const gathering: GatheringAssigner = { ...made, gatherMs };
    return gathering;
  };

interface GroupOptions {
  readonly assigners: readonly Partial<GatheringAssigner>[];
}

interface FetchedBatch {
  readonly rawMessages: readonly unknown[];
}

/** kafkajs' part of a consumer that is a member of the group: how it fetches from one broker. */
export interface FetchingGroup {
  /** A fetch is answered when there is so much to read, or this time is over. */
  minBytes: number;
  maxWaitTime: number;
  fetch(nodeId: string): Promise<readonly FetchedBatch[]>;
}

export type FetchingGroupClass = new (options: never) => FetchingGroup;

/** What is worth an answer at once: hundreds of records. */
const enoughBytes = 64 * 1_024;

/**
 * A member whose fetches are answered at the first record after a pause, and with all that came within a few milliseconds
 * while there is no pause. By itself kafkajs asks again and again for a record or two: at a thousand records a second that
 * costs a broker and the processor more than the records do.
 */
export function withGatheredFetches<Class extends FetchingGroupClass>(Base: Class): Class {
  return class extends (Base as FetchingGroupClass) {
    readonly #gatherMs: number;
    readonly #idle: { readonly minBytes: number; readonly maxWaitTime: number };
    /** Brokers whose last answer held records. */
    readonly #busy = new Set<string>();

    constructor(options: never) {
      super(options);
      const { assigners } = options as GroupOptions;
      this.#gatherMs = assigners.find(({ gatherMs }) => gatherMs !== undefined)?.gatherMs ?? 0;
      this.#idle = { minBytes: this.minBytes, maxWaitTime: this.maxWaitTime };
    }

    override async fetch(nodeId: string): Promise<readonly FetchedBatch[]> {
      // Fetches from other brokers look at the same fields, and may be asked in each other's way: both ways are right.
      const gathers = this.#gatherMs > 0 && this.#busy.has(nodeId);
      this.minBytes = gathers ? enoughBytes : this.#idle.minBytes;
      this.maxWaitTime = gathers ? this.#gatherMs : this.#idle.maxWaitTime;
      const batches = await super.fetch(nodeId);
      if (batches.some(({ rawMessages }) => rawMessages.length > 0)) this.#busy.add(nodeId);
      else this.#busy.delete(nodeId);
      return batches;
    }
  } as unknown as Class;
}
