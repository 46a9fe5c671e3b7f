/** A span of time: from `start`, inclusive, to `end`, exclusive; milliseconds since the epoch. */
export interface Window {
  readonly start: number;
  readonly end: number;
}

/** A key within a window: what an aggregate over windows is kept by. */
export interface Windowed<K> {
  readonly key: K;
  readonly window: Window;
}

/**
 * Windows of one size, aligned to the epoch: `[N * advanceMs, N * advanceMs + sizeMs)`. Where they advance by their size
 * they do not overlap (tumbling), where by less, a record belongs to several (hopping).
 *
 * A window closes when the stream time reaches its end and the grace period: what comes later is late and not counted.
 */
export class TimeWindows {
  readonly sizeMs: number;
  readonly advanceMs: number;
  readonly graceMs: number;

  private constructor(sizeMs: number, advanceMs: number, graceMs: number) {
    if (!isDuration(sizeMs) || sizeMs === 0) throw new RangeError('The size of windows is at least one millisecond');
    if (!isDuration(advanceMs) || advanceMs === 0 || advanceMs > sizeMs) {
      throw new RangeError(`Windows advance by at least one millisecond and at most their size of ${String(sizeMs)}`);
    }
    if (!isDuration(graceMs)) throw new RangeError('The grace period is zero or more milliseconds');
    this.sizeMs = sizeMs;
    this.advanceMs = advanceMs;
    this.graceMs = graceMs;
  }

  /**
   * Tumbling windows that take records up to `graceMs` of stream time after their end.
   * @throws RangeError for what is no whole number of milliseconds, a size of 0, or a negative grace
   */
  static ofSizeAndGrace(sizeMs: number, graceMs: number): TimeWindows {
    return new TimeWindows(sizeMs, sizeMs, graceMs);
  }

  /** Tumbling windows that take nothing any more once the stream time has reached their end. */
  static ofSizeWithNoGrace(sizeMs: number): TimeWindows {
    return TimeWindows.ofSizeAndGrace(sizeMs, 0);
  }

  /**
   * The same windows, a new one beginning every `advanceMs`.
   * @throws RangeError where that is not more than 0 and at most the size
   */
  advanceBy(advanceMs: number): TimeWindows {
    return new TimeWindows(this.sizeMs, advanceMs, this.graceMs);
  }

  /** The windows that a time belongs to, the earliest first; none begins before the epoch. */
  windowsFor(timestamp: number): readonly Window[] {
    const { sizeMs, advanceMs } = this;
    const windows: Window[] = [];
    const first = Math.floor(Math.max(0, timestamp - sizeMs + advanceMs) / advanceMs) * advanceMs;
    for (let start = first; start <= timestamp; start += advanceMs) windows.push({ start, end: start + sizeMs });
    return windows;
  }

  isClosed({ end }: Window, streamTime: number): boolean {
    return end + this.graceMs <= streamTime;
  }
}

const isDuration = (milliseconds: number): boolean => Number.isSafeInteger(milliseconds) && milliseconds >= 0;
