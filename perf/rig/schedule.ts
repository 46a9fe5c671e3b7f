import { scattered } from './ids.ts';

/** Which customer's order is due when; the same in every process, so that sender and watcher need not talk. */
export interface Schedule {
  readonly ratePerSecond: number;
  readonly orders: number;
  readonly customers: number;
  readonly seed: number;
  /** When the first order is due, by `monotonicMs`. */
  readonly startMs: number;
}

/** Milliseconds of a clock that all processes of a machine share and nobody sets. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;

export const dueAt = ({ startMs, ratePerSecond }: Schedule, order: number): number =>
  startMs + (order * 1_000) / ratePerSecond;

/** Index of the customer of an order: spread as if by chance. */
export const customerOf = ({ seed, customers }: Schedule, order: number): number => scattered(seed, order) % customers;
