export interface RetryPauses {
  /** After the first failure. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** 0 ≤ x < 1 */
  readonly random: () => number;
}

/**
 * How long to wait after so many failures in a row: twice as long after each, up to the longest, less up to half of it by
 * chance, so that instances that failed together do not try again together.
 */
export const retryPauseMs = (failures: number, { firstPauseMs, longestPauseMs, random }: RetryPauses): number => {
  const step = Math.min(firstPauseMs * 2 ** (failures - 1), longestPauseMs);
  return step * (1 - random() / 2);
};
