/** `12,431`. */
export const shownNumber = (value: number): string => Math.round(value).toLocaleString('en');

/** `40 s`, `12 min`, `3 h`, `2 days`. @param ms a length of time */
export function shownDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 120) return `${String(seconds)} s`;
  if (seconds < 2 * 3_600) return `${String(Math.round(seconds / 60))} min`;
  if (seconds < 2 * 86_400) return `${String(Math.round(seconds / 3_600))} h`;
  return `${String(Math.round(seconds / 86_400))} days`;
}
