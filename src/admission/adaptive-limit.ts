export interface AdaptiveLimitOptions {
  /** Pieces of work at once before anything is known. */
  readonly initial: number;
  /** However slow it is, so many may be under way. */
  readonly least: number;
  /** However fast it is, no more may be. */
  readonly most: number;
  /** Nine of ten pieces of work should take no longer, the wait before them included. Milliseconds. */
  readonly targetMs: number;
}

/** How many pieces of work may be under way at once, learnt from how long they take. */
export interface AdaptiveLimit {
  readonly current: number;
  /**
   * A piece of work is done.
   * @param key whose it was
   * @param tookMs from its admission to its end
   * @param underWay when it was admitted, itself included
   */
  worked(key: string, tookMs: number, underWay: number, nowMs: number): void;
  /** How late the process came to something that was due: what arrives waits as long before anybody sees it. */
  delayed(lateMs: number, nowMs: number): void;
}

/** Long enough for a hiccup of the collector to be over, short enough for a burst to be answered within its second. */
const windowMs = 100;
/** A window with less work in it goes on, for so long. */
const fewestPieces = 20;
const longestWindowMs = 500;
/** One key's work of a window counts as so much at most: whoever sends most does not alone say how slow the service is. */
const mostWeightOfKey = 16;
const quantile = 0.9;
const steepestCut = 0.5;
const gentlestCut = 0.9;

interface Piece {
  readonly key: string;
  readonly tookMs: number;
}

/** The time that nine tenths of the work took at most, each key's work weighed. */
const slowOf = (pieces: Piece[]): number => {
  const counts = new Map<string, number>();
  for (const { key } of pieces) counts.set(key, (counts.get(key) ?? 0) + 1);
  const weightOf = (key: string): number => Math.min(1, mostWeightOfKey / (counts.get(key) ?? 1));
  const whole = pieces.reduce((sum, { key }) => sum + weightOf(key), 0);
  let faster = 0;
  pieces.sort((one, other) => one.tookMs - other.tookMs);
  for (const { key, tookMs } of pieces) {
    faster += weightOf(key);
    if (faster >= whole * quantile) return tookMs;
  }
  return 0;
};

/**
 * Additive increase, multiplicative decrease, as TCP keeps its window, but against a time that is promised and not against
 * the fastest ever seen: that drifts, and says nothing of what callers are owed. A window in which work took too long
 * cuts the limit in proportion; one in which it did not, and half of the limit was in use, raises it by its root. Without
 * work nothing changes: an idle service has learnt nothing.
 *
 * The wait before work begins is that of CoDel: the least lateness of the process in the window. A single pause makes
 * one late moment; a standing queue makes all of them late.
 */
export const createAdaptiveLimit = ({ initial, least, most, targetMs }: AdaptiveLimitOptions): AdaptiveLimit => {
  let current = initial;
  let beganMs = Number.NEGATIVE_INFINITY;
  let done: Piece[] = [];
  let peak = 0;
  let leastLateMs = Number.POSITIVE_INFINITY;

  const begin = (nowMs: number): void => {
    beganMs = nowMs;
    done = [];
    peak = 0;
    leastLateMs = Number.POSITIVE_INFINITY;
  };

  const adapt = (): void => {
    // Slow though few were under way: it is not their number, and fewer would be no faster.
    if (peak * 2 < current) return;
    const totalMs = slowOf(done) + (Number.isFinite(leastLateMs) ? leastLateMs : 0);
    if (totalMs > targetMs) {
      const cut = Math.max(steepestCut, Math.min(gentlestCut, targetMs / totalMs));
      // From what was really under way: a limit that nobody reached has not held anything.
      current = Math.max(least, Math.min(current, Math.floor(Math.min(current, peak) * cut)));
    } else {
      current = Math.min(most, current + Math.ceil(Math.sqrt(current)));
    }
  };

  /** Ends the window when it is due, so that what comes now belongs to the next. */
  const turn = (nowMs: number): void => {
    const age = nowMs - beganMs;
    if (age < windowMs || (done.length < fewestPieces && age < longestWindowMs)) return;
    if (done.length > 0) adapt();
    begin(nowMs);
  };

  return {
    get current() {
      return current;
    },
    worked: (key, tookMs, underWay, nowMs) => {
      turn(nowMs);
      peak = Math.max(peak, underWay);
      done.push({ key, tookMs });
    },
    delayed: (lateMs, nowMs) => {
      turn(nowMs);
      leastLateMs = Math.min(leastLateMs, lateMs);
    },
  };
};
