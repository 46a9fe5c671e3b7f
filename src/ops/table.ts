/** Rows under a head, each column as wide as its widest cell; the last is left ragged. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, column) => (column === cells.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  ');
  return [head, ...rows].map((row) => `${line(row).trimEnd()}\n`).join('');
}

/** A time as people compare it: UTC, to the second. */
export const shownTime = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

/** The commonest first, as lines of count and name; of many only so many, and how many are left. */
export function countLines(counts: ReadonlyMap<string, number>, limit = 20): readonly string[] {
  const sorted = [...counts].sort(([, one], [, other]) => other - one);
  const lines = sorted.slice(0, limit).map(([name, count]) => `  ${String(count).padStart(9)}  ${name}`);
  return sorted.length > limit ? [...lines, `  and ${String(sorted.length - limit)} more`] : lines;
}
