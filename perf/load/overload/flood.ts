import { setTimeout as sleep } from 'node:timers/promises';
import { type Fate, type Outcome, Tally } from './tally.ts';

/** Sends one call; `done` is called once with what became of it. */
export type Send = (merchant: number, done: (fate: Fate, failure?: string) => void) => void;

export interface FloodOptions {
  readonly ratePerSecond: number;
  readonly seconds: number;
  /** Merchants by number; 0 is the one that floods. */
  readonly merchants: number;
  /** Of all calls, those of merchant 0; the rest is the others' in equal parts. */
  readonly shareOfFirst: number;
  readonly send: Send;
}

export interface FloodResult {
  readonly all: Outcome;
  /** Of the merchant that sends most. */
  readonly first: Outcome;
  /** Of all the others. */
  readonly others: Outcome;
  readonly admitted_per_second: number;
  /** How late the generator itself came to send, at p99: more than some milliseconds are its own, not the service's. */
  readonly sent_late_p99_ms: number;
}

/** Which merchant a call is of: the first's calls are spread evenly among the others'. */
const merchantOf = (index: number, { shareOfFirst, merchants }: FloodOptions): number => {
  if (merchants === 1 || Math.floor((index + 1) * shareOfFirst) > Math.floor(index * shareOfFirst)) return 0;
  const othersBefore = index - Math.floor(index * shareOfFirst);
  return 1 + (othersBefore % (merchants - 1));
};

/** Calls at a fixed rate whatever the answers do; each is timed from when it was due, so nothing that waits is left out. */
export async function flood(options: FloodOptions): Promise<FloodResult> {
  const { ratePerSecond, seconds, send } = options;
  const total = Math.round(ratePerSecond * seconds);
  const [all, first, others] = [new Tally(total), new Tally(total), new Tally(total)];
  const late = new Tally(total);
  const began = performance.now();
  const begin = (index: number): void => {
    const merchant = merchantOf(index, options);
    const dueAt = began + (index * 1_000) / ratePerSecond;
    late.add('admitted', performance.now() - dueAt);
    const ofMerchant = merchant === 0 ? first : others;
    all.offered += 1;
    ofMerchant.offered += 1;
    send(merchant, (fate, failure) => {
      const tookMs = performance.now() - dueAt;
      all.add(fate, tookMs, failure);
      ofMerchant.add(fate, tookMs, failure);
    });
  };
  let index = 0;
  while (index < total) {
    // In slices, so that answers are read in between.
    const due = Math.min(total, Math.floor(((performance.now() - began) * ratePerSecond) / 1_000) + 1, index + 256);
    for (; index < due; index += 1) begin(index);
    if (index * 1_000 > (performance.now() - began) * ratePerSecond) await sleep(1);
    else await new Promise(setImmediate);
  }
  const sentSeconds = (performance.now() - began) / 1_000;
  while (all.answered < total) await sleep(5);
  const outcome = all.outcome();
  return {
    ...{ all: outcome, first: first.outcome(), others: others.outcome() },
    admitted_per_second: Math.round(outcome.admitted / sentSeconds),
    sent_late_p99_ms: late.outcome().admitted_p99_ms,
  };
}
