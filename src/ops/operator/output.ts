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
