/** A fault and what came after it; times in milliseconds of one monotonic clock. */
export interface WatchedFault {
  readonly name: string;
  readonly detail: string;
  readonly startedAt: number;
  healedAt: number | null;
  /** When every partition had been committed to since it healed. */
  resumedAt: number | null;
}

/** Sees commits and faults, and tells how long work stood still. */
export class ResumeWatch {
  readonly faults: WatchedFault[] = [];
  readonly #lastCommit: (number | null)[];
  readonly #longest: { partition: number; from: number; to: number } = { partition: 0, from: 0, to: 0 };
  readonly #waiting = new Map<WatchedFault, Set<number>>();
  #commits = 0;
  #records = 0;

  constructor(partitions: number) {
    this.#lastCommit = Array.from({ length: partitions }, () => null);
  }

  get commits(): number {
    return this.#commits;
  }

  /** Records committed, as far as workers know: of a commit whose answer was lost they do not. */
  get records(): number {
    return this.#records;
  }

  /** The longest time between two commits of one partition. */
  get longestPause(): { readonly partition: number; readonly from: number; readonly to: number } {
    return this.#longest;
  }

  begin(name: string, detail: string, at: number): WatchedFault {
    const fault: WatchedFault = { name, detail, startedAt: at, healedAt: null, resumedAt: null };
    this.faults.push(fault);
    return fault;
  }

  heal(fault: WatchedFault, at: number): void {
    fault.healedAt = at;
    this.#waiting.set(fault, new Set(this.#lastCommit.keys()));
  }

  commit(partition: number, records: number, at: number): void {
    this.#commits += 1;
    this.#records += records;
    const last = this.#lastCommit[partition] ?? null;
    if (last !== null && at - last > this.#longest.to - this.#longest.from) {
      Object.assign(this.#longest, { partition, from: last, to: at });
    }
    this.#lastCommit[partition] = at;
    for (const [fault, waiting] of this.#waiting) {
      waiting.delete(partition);
      if (waiting.size > 0) continue;
      fault.resumedAt = at;
      this.#waiting.delete(fault);
    }
  }

  /** How often each kind was done. */
  counts(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { name, healedAt } of this.faults) {
      if (healedAt !== null) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return counts;
  }
}
