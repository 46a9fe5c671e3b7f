import type { Closers } from '../../src/ops/dev/closers.ts';
import type { Checks } from './checks.ts';
import type { BenchServers } from './servers.ts';
import type { Sizes } from './sizes.ts';

/** What every part is given. */
export interface Run {
  readonly servers: BenchServers;
  readonly sizes: Sizes;
  readonly checks: Checks;
  /** Where a part says how to end what it starts, in case that it does not come to its end. */
  readonly closers: Closers;
  /** Folder for CPU profiles of the processor; null for none. */
  readonly profileDir: string | null;
}

/** The middle one, and how far the others are from it. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((one, other) => one - other);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  const median = (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2;
  return { median, least: at(0), most: at(sorted.length - 1) };
}
