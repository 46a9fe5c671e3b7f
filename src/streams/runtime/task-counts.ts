import type { ConsumedRecord, ProducedRecord } from '../record.ts';

/** Records that a task has committed since it began, by topic. */
export interface TaskCounts {
  readonly read: ReadonlyMap<string, number>;
  /** Dead letters too. */
  readonly written: ReadonlyMap<string, number>;
  readonly deadLetters: number;
}

/** Counts what commits; the maps it shows are its own, and go on growing. */
export class TaskCounter implements TaskCounts {
  readonly read = new Map<string, number>();
  readonly written = new Map<string, number>();
  readonly #deadLetterTopic: string | null;

  constructor(deadLetterTopic: string | null) {
    this.#deadLetterTopic = deadLetterTopic;
  }

  get deadLetters(): number {
    return this.#deadLetterTopic === null ? 0 : (this.written.get(this.#deadLetterTopic) ?? 0);
  }

  committed(
    records: readonly Pick<ConsumedRecord, 'topic'>[],
    outputs: ReadonlyMap<string, readonly ProducedRecord[]>,
  ): void {
    for (const { topic } of records) this.read.set(topic, (this.read.get(topic) ?? 0) + 1);
    for (const [topic, made] of outputs) {
      if (made.length > 0) this.written.set(topic, (this.written.get(topic) ?? 0) + made.length);
    }
  }
}
