/** Rows below their headings, each column as wide as its widest cell; the last is as wide as it is. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const text = (line: readonly string[]): string =>
    line.map((cell, column) => (column === headings.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  ');
  return lines.map((line) => `${text(line).trimEnd()}\n`).join('');
}

/** Right-to-left text keeps to itself between these, and the columns around it stay where they are. */
export const isolated = (text: string): string => `\u2068${text}\u2069`;

/** Who reads us may have seen enough, as `head` does: that is no fault of ours. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

export const print = (text: string): void => void process.stdout.write(text);

export const printJson = (value: unknown): void => {
  print(`${JSON.stringify(value, null, 2)}\n`);
};
