import type { ConsumedRecord } from '../streams/ports.ts';
import type { Verdict } from './selection.ts';

/** What a dry run found. Maps have a place for each merchant, error code and reason there is, however many records. */
export interface Tally {
  readonly records: number;
  /** By merchant id, or `unknown`. */
  readonly merchants: ReadonlyMap<string, number>;
  /** By error code; empty where no dead letters are copied. */
  readonly errors: ReadonlyMap<string, number>;
  /** By reason. */
  readonly skipped: ReadonlyMap<string, { readonly records: number; readonly sourceTopic: string | null }>;
  /** Milliseconds since the epoch of the oldest and the newest record that is copied; null where none is. */
  readonly oldest: number | null;
  readonly newest: number | null;
}

const countIn = (counts: Map<string, number>, name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1);

/** Counts verdicts one by one. */
export class TallyKeeper {
  readonly #merchants = new Map<string, number>();
  readonly #errors = new Map<string, number>();
  readonly #skipped = new Map<string, { readonly records: number; readonly sourceTopic: string | null }>();
  #records = 0;
  #oldest: number | null = null;
  #newest: number | null = null;

  add(verdict: Verdict, { timestamp }: Pick<ConsumedRecord, 'timestamp'>): void {
    switch (verdict.is) {
      case 'not selected':
        return;
      case 'skipped': {
        const records = (this.#skipped.get(verdict.why)?.records ?? 0) + 1;
        this.#skipped.set(verdict.why, { records, sourceTopic: verdict.sourceTopic });
        return;
      }
      case 'copied':
        this.#records += 1;
        countIn(this.#merchants, verdict.merchantId ?? 'unknown');
        if (verdict.code !== null) countIn(this.#errors, verdict.code);
        this.#oldest = Math.min(this.#oldest ?? timestamp, timestamp);
        this.#newest = Math.max(this.#newest ?? timestamp, timestamp);
    }
  }

  total(): Tally {
    return {
      ...{ records: this.#records, merchants: this.#merchants, errors: this.#errors, skipped: this.#skipped },
      ...{ oldest: this.#oldest, newest: this.#newest },
    };
  }
}
