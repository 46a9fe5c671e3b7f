/** The wall clock, handed in from the composition root so that tests move it by hand. */
export interface Clock {
  /** Milliseconds since the epoch, UTC. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/**
 * Milliseconds from anywhere: never set, and finer than the wall clock's, which a hit in Redis may take less than. For
 * how long something took, or may last.
 */
export const stopwatch: Clock = { now: () => performance.now() };
