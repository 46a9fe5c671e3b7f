import { toError } from '../common/errors.ts';
import type { Logger } from '../common/logger.ts';
import type { Outcome } from '../contracts/index.ts';
import type { OutcomeBoard } from './ports.ts';

export interface OutcomesSinkOptions {
  readonly board: OutcomeBoard;
  readonly logger: Logger;
  /** Counts outcomes that could not be told when they came. */
  readonly onUntold?: (outcomes: number) => void;
  /** How many of them are held, to be told with those that come next; the oldest are let go of. 10,000 by default. */
  readonly maxHeld?: number;
}

/** Tells outcomes to those who wait for them. */
export type TellOutcomes = (outcomes: readonly Outcome[]) => Promise<void>;

/**
 * Best effort, never throws: who waits in vain asks MongoDB. What could not be told is held and told again before what
 * comes next, since otherwise a redemption that has ended would be kept as pending for a day.
 */
export const createOutcomeTeller = (options: OutcomesSinkOptions): TellOutcomes => {
  const { board, logger, onUntold, maxHeld = 10_000 } = options;
  let held: readonly Outcome[] = [];
  return async (outcomes) => {
    if (outcomes.length === 0) return;
    const all = [...held, ...outcomes];
    // Taken out meanwhile: several tasks tell at once, and each puts back what it failed to tell.
    held = [];
    try {
      await board.tell(all);
    } catch (error) {
      held = [...held, ...all].slice(-maxHeld);
      const fields = { err: toError(error), outcomes: outcomes.length, held: held.length };
      logger.warn(fields, 'Callers were not told what became of their requests');
      onUntold?.(outcomes.length);
    }
  };
};
