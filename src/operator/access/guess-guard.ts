import { LRUCache } from 'lru-cache';
import type { Clock } from '../../common/clock.ts';

interface Guesses {
  readonly failed: number;
  /** Until then nothing is looked at; milliseconds since the epoch. */
  readonly closedUntil: number;
}

/** Slips of the hand that cost nothing. */
const freeGuesses = 3;
const longestPauseMs = 60_000;
const forgottenAfterMs = 15 * 60_000;
const addresses = 10_000;

/**
 * Makes guessing slow: after a few wrong ones an address has to wait for a second, then two, four, up to a minute, and
 * what it sends meanwhile is not looked at. Sessions that are open go on.
 */
export class GuessGuard {
  readonly #clock: Clock;
  readonly #guesses: LRUCache<string, Guesses>;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#guesses = new LRUCache({ max: addresses, ttl: forgottenAfterMs, ttlResolution: 0, perf: clock });
  }

  /** How long the address has to wait before it may try; 0: it may. Milliseconds. */
  waitMs(address: string): number {
    return Math.max(0, (this.#guesses.get(address)?.closedUntil ?? 0) - this.#clock.now());
  }

  failed(address: string): void {
    const failed = (this.#guesses.get(address)?.failed ?? 0) + 1;
    const pauseMs = failed <= freeGuesses ? 0 : Math.min(longestPauseMs, 1_000 * 2 ** (failed - freeGuesses - 1));
    this.#guesses.set(address, { failed, closedUntil: this.#clock.now() + pauseMs });
  }

  succeeded(address: string): void {
    this.#guesses.delete(address);
  }
}
