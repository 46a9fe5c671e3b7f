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
const fewestSamples = 20;
const longestWindowMs = 500;
/** Of one key in one window: whoever sends most does not alone say how slow the service is. */
const samplesPerKey = 16;
const quantile = 0.9;
const steepestCut = 0.5;
const gentlestCut = 0.9;

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
  let took: number[] = [];
  let ofKey = new Map<string, number>();
  let peak = 0;
  let leastLateMs = Number.POSITIVE_INFINITY;

  const begin = (nowMs: number): void => {
    beganMs = nowMs;
    took = [];
    ofKey = new Map();
    peak = 0;
    leastLateMs = Number.POSITIVE_INFINITY;
  };

  const adapt = (): void => {
    took.sort((one, other) => one - other);
    const slow = took[Math.min(took.length - 1, Math.floor(took.length * quantile))] ?? 0;
    const waited = leastLateMs === Number.POSITIVE_INFINITY ? 0 : leastLateMs;
    const totalMs = slow + waited;
    if (totalMs > targetMs) {
      const cut = Math.max(steepestCut, Math.min(gentlestCut, targetMs / totalMs));
      // From what was really under way: a limit that nobody came near has not held anything.
      current = Math.max(least, Math.min(current, Math.floor(Math.min(current, peak) * cut)));
    } else if (peak * 2 >= current) {
      current = Math.min(most, current + Math.ceil(Math.sqrt(current)));
    }
  };

  /** Ends the window when it is due, so that what comes now belongs to the next. */
  const turn = (nowMs: number): void => {
    const age = nowMs - beganMs;
    if (age < windowMs || (took.length < fewestSamples && age < longestWindowMs)) return;
    if (took.length > 0) adapt();
    begin(nowMs);
  };

  return {
    get current() {
      return current;
    },
    worked: (key, tookMs, underWay, nowMs) => {
      turn(nowMs);
      const samples = (ofKey.get(key) ?? 0) + 1;
      peak = Math.max(peak, underWay);
      if (samples > samplesPerKey) return;
      ofKey.set(key, samples);
      took.push(tookMs);
    },
    delayed: (lateMs, nowMs) => {
      turn(nowMs);
      leastLateMs = Math.min(leastLateMs, lateMs);
    },
  };
};
